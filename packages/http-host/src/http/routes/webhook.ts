import type { Received, WebhookRequest } from "@bg-ingest/core";
import type { FastifyRequest } from "fastify";
import { err, type Result } from "neverthrow";
import { z } from "zod";
import { type Answer, INERT_HEADERS, jsonAnswer } from "../answer.ts";
import type { Deadlines } from "../deadlines.ts";
import type { HttpDeps } from "../http-deps.ts";
import { mapReceiveError } from "../problem/map-receive-error.ts";
import type { Problem } from "../problem/problem.ts";
import type { ProblemKind } from "../problem/problem-kinds.ts";
import { NO_PARAMETERS, readNoParameters } from "../schemas/read-query.ts";
import { askedOfConnection, askedOfUser } from "./asked.ts";
import type { Route } from "./route.ts";

type WebhookDeps = Pick<HttpDeps, "receiveDelivery" | "access">;

export function webhookRoutes(deps: WebhookDeps, deadlines: Deadlines): readonly Route[] {
  return [
    {
      ...DOCUMENTED,
      path: "/api/bg/{userId}/webhook",
      summary: "Take a delivery",
      problems: [...PROBLEMS, "several_connections"],
      answer: (request: FastifyRequest) => receive(deps, deadlines, request, false),
    },
    {
      ...DOCUMENTED,
      path: "/api/bg/{userId}/webhook/{provider}",
      summary: "Take a delivery of one provider",
      problems: PROBLEMS,
      answer: (request: FastifyRequest) => receive(deps, deadlines, request, true),
    },
  ];
}

const PROBLEMS: readonly ProblemKind[] = [
  "invalid_path",
  "delivery_unreadable",
  "signature_missing",
  "signature_wrong",
  "delivery_refused",
  "timestamp_outside_tolerance",
  "unknown_user",
  "takes_no_deliveries",
  "body_too_large",
  "store_away",
  "queue_away",
  "delivery_not_checked",
  "secrets_sealed",
  "provider_not_loaded",
];

const DOCUMENTED = {
  method: "POST",
  access: "own_proof",
  description:
    "The signature is checked on the raw body against the secret of this person's source. Accepted means: it is on disk, and its readings will be stored once, however often it is sent.",
  query: NO_PARAMETERS,
  headers: z.object({
    "webhook-id": z.string().meta({ description: "The same for every attempt at one delivery.", examples: ["msg_1"] }),
    "webhook-timestamp": z.string().meta({ description: "When this attempt was signed, in seconds since 1970; at most five minutes off." }),
    "webhook-signature": z.string().meta({ description: "`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`." }),
  }),
  body: {
    kind: "raw",
    description:
      "What the vendor sends, as it was signed; the provider decides what it looks like. The example is the simulated sensor's. docs/webhooks.md has a script that signs and sends.",
    example: { type: "readings.recorded", data: { records: [{ systemTime: "2025-04-26T14:30:00Z", value: 112, unit: "mg/dL" }] } },
  },
  answers: [
    {
      status: 202,
      description: "Accepted for good; a repeat gets the same answer.",
      content: { "application/json": z.strictObject({ status: z.literal("accepted") }) },
    },
    { status: 200, description: "The reply to a challenge of the vendor.", content: { "text/plain": z.string() } },
  ],
} as const;

const ACCEPTED = jsonAnswer({ status: "accepted" }, 202);

async function receive(
  { receiveDelivery, access }: WebhookDeps,
  deadlines: Deadlines,
  request: FastifyRequest,
  isProviderNamed: boolean,
): Promise<Result<Answer, Problem>> {
  const asked = isProviderNamed
    ? askedOfConnection(request, readNoParameters)
    : askedOfUser(request, readNoParameters).map((ofUser) => ({ ...ofUser, provider: null }));
  if (asked.isErr()) return err(asked.error);
  const { userId, provider } = asked.value;
  const received = await receiveDelivery(userId, provider, deliveryIn(request), deadlines.call());
  return received
    .map(answerOf)
    .mapErr((error) => (access.authenticate === null ? mapReceiveError(error) : toStrangers(mapReceiveError(error))));
}

/** What tells whether somebody is known here; which of them it was stands in the log. */
const TELLING: ReadonlySet<ProblemKind> = new Set<ProblemKind>([
  "signature_missing",
  "signature_wrong",
  "timestamp_outside_tolerance",
  "unknown_user",
  "takes_no_deliveries",
  "several_connections",
]);

/** Where callers are asked who they are, this path tells nobody who is connected. */
function toStrangers(problem: Problem): Problem {
  return TELLING.has(problem.kind) ? { kind: "delivery_refused", reason: problem.kind } : problem;
}

function deliveryIn({ raw, body }: FastifyRequest): WebhookRequest {
  // Only Set-Cookie, which no request has, comes as a list.
  return { headers: raw.headers as WebhookRequest["headers"], body: (body as Buffer | undefined) ?? new Uint8Array() };
}

function answerOf(received: Received): Answer {
  if (received.kind === "accepted") return ACCEPTED;
  return { status: 200, headers: { ...INERT_HEADERS, "content-type": received.contentType }, body: received.reply };
}
