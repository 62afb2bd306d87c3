import { z } from "zod";

/** What every answer is wrapped in. `status` 0, or none at all, is good. */
export const wireEnvelope = z.object({
  status: z.number().nullish().catch(null),
  data: z.unknown().optional(),
  error: z
    .object({ message: z.string().nullish().catch(null) })
    .nullish()
    .catch(null),
  message: z.string().nullish().catch(null),
});

export type WireEnvelope = z.output<typeof wireEnvelope>;

/** `{"code":60,"data":{"failures":3,"interval":60,"lockout":300},"message":"locked"}`, in seconds. */
export const wireLockout = z.object({ data: z.object({ lockout: z.number().positive() }) });

/** `{"minimumVersion":"4.16.0"}` */
export const wireMinimumVersion = z.object({ minimumVersion: z.string().regex(/^\d+(\.\d+){1,3}$/) });

/** What the person has to do first: `tou`, `pp`, `verifyEmail`. */
export const wireStep = z.object({ step: z.object({ type: z.string() }) });

/** The account lives elsewhere. */
export const wireRedirect = z.object({ redirect: z.literal(true), region: z.string() });

/** `expires` is in seconds since 1970, `duration` in milliseconds. */
export const wireLogin = z.object({
  user: z.object({ id: z.string().min(1) }),
  authTicket: z.object({
    token: z.string().min(1),
    expires: z.number().nullish().catch(null),
    duration: z.number().nullish().catch(null),
  }),
});

export type WireTicket = z.output<typeof wireLogin>["authTicket"];

/** Those whom the account follows. */
export const wireConnections = z.array(
  z.object({
    patientId: z.string().min(1),
    firstName: z.string().nullish().catch(null),
    lastName: z.string().nullish().catch(null),
  }),
);

export type WireConnection = z.output<typeof wireConnections>[number];

/** `glucoseMeasurement`: the current reading; none where no sensor is worn. */
export const wireGraph = z.object({
  connection: z.object({ patientId: z.string().nullish(), glucoseMeasurement: z.unknown().optional() }).nullish(),
  graphData: z.array(z.unknown()).nullish(),
});

/**
 * What makes a reading has to be of its type; what adorns one is left out where it is not. `Value` and `GlucoseUnits` follow the
 * person's setting and have one decimal in mmol/L: `ValueInMgPerDl` is the measurement.
 */
export const wireMeasurement = z.object({
  FactoryTimestamp: z.string(),
  ValueInMgPerDl: z.number().nullish(),
  isHigh: z.boolean().nullish().catch(null),
  isLow: z.boolean().nullish().catch(null),
  Timestamp: z.string().nullish().catch(null),
  TrendArrow: z.number().nullish().catch(null),
});

export type WireMeasurement = z.output<typeof wireMeasurement>;
