import { type Answer, jsonTextAnswer, type SimulatorRequest } from "../answer.ts";
import { hexOf, mix, mixText } from "../chance.ts";
import { dataError } from "../endpoints/data-error.ts";
import { answerDataRange } from "../endpoints/data-range.ts";
import type { DataDeps, DataRequest } from "../endpoints/data-request.ts";
import { readDateWindow } from "../endpoints/date-window.ts";
import { answerDevices } from "../endpoints/devices.ts";
import { answerEgvs, envelope } from "../endpoints/egvs.ts";
import type { NumberedRequest } from "../faults/answer-faults.ts";
import type { Cloud } from "./cloud.ts";

type DataEndpoint = (request: DataRequest, deps: DataDeps) => Answer;

/** What stands behind `/v3/users/self/`. */
const ENDPOINTS: Readonly<Record<string, DataEndpoint>> = {
  egvs: answerEgvs,
  dataRange: answerDataRange,
  devices: answerDevices,
  events: emptyEndpoint("event"),
  calibrations: emptyEndpoint("calibration"),
  alerts: emptyEndpoint("alert"),
};

const SELF = "/v3/users/self/";
const STALE_SECONDS = 45 * 60;

export function isDataPath(path: string): boolean {
  return path.startsWith(SELF) && Object.hasOwn(ENDPOINTS, path.slice(SELF.length));
}

/** The token that a request shows; empty without one. */
export function bearerToken({ headers }: SimulatorRequest): string {
  return /^Bearer (.+)$/i.exec(headers["authorization"] ?? "")?.[1] ?? "";
}

export function answerData(request: SimulatorRequest, numbered: NumberedRequest, cloud: Cloud): Answer {
  const bits = mix(mix(cloud.seed, 0x44415441), numbered.number);
  const token = bearerToken(request);
  const owner = cloud.grants.ownerOf(token);
  const wearer = cloud.wearers.get(owner?.user ?? "");
  if (owner === null || wearer === undefined || !owner.isAlive || cloud.strikes("unauthorized", numbered)) {
    return dataError(401, "Invalid access token", bits, token);
  }
  const endpoint = ENDPOINTS[request.url.pathname.slice(SELF.length)];
  if (request.method !== "GET" || endpoint === undefined) return dataError(404, "Not found", bits);
  const nowSeconds = Math.floor(numbered.nowMs / 1000);
  return endpoint(
    {
      wearer,
      userId: hexOf(mix(wearer.seed, mixText(cloud.seed, owner.clientId)), 64),
      query: request.url.searchParams,
      asOf: cloud.strikes("stale_answers", numbered) ? nowSeconds - STALE_SECONDS : nowSeconds,
      nowSeconds,
      bits,
      isStruckBy: (fault) => cloud.strikes(fault, numbered),
    },
    cloud,
  );
}

/** Nobody here has any of these. */
function emptyEndpoint(recordType: string): DataEndpoint {
  return ({ query, userId, bits }, { rules }) =>
    readDateWindow(query, rules).match(
      () => jsonTextAnswer(200, envelope(recordType, userId, [])),
      (message) => dataError(400, message, bits),
    );
}
