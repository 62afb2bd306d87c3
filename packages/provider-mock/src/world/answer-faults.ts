import { mix, unit } from "../person/chance.ts";
import type { VendorRequest, VendorResponse } from "../vendor-fetch.ts";
import { answer, jsonAnswer } from "./answer.ts";
import { ANSWER_FAULTS, type AnswerFaultName } from "./fault.ts";
import type { FaultSwitches } from "./fault-switches.ts";

/** One request among all that the world gets. */
export interface NumberedRequest {
  readonly number: number;
  readonly path: string;
  readonly request: VendorRequest;
  readonly nowMs: number;
}

const RETRY_AFTER_SECONDS = 30;

/** Whether a fault touches a request: told by the seed and the request's number. */
export function touches(faults: FaultSwitches, name: AnswerFaultName, seed: number, requestNumber: number): boolean {
  const share = faults.shareOf(name);
  return share > 0 && unit(mix(mix(seed, SALTS[name]), requestNumber)) < share;
}

/** What a fault puts in the place of the true answer; `undefined`: nothing is wrong with this one. */
export function faultyAnswer(asked: NumberedRequest, faults: FaultSwitches, seed: number): Promise<VendorResponse> | undefined {
  const hit = (name: AnswerFaultName) => touches(faults, name, seed, asked.number);
  if (hit("unreachable")) return Promise.reject(new TypeError("fetch failed"));
  if (hit("hangs")) return untilAborted(asked.request.signal);
  if (hit("server_errors"))
    return Promise.resolve(answer([500, 502, 503][asked.number % 3] ?? 500, "<html><h1>We will be back</h1></html>"));
  if (hit("rate_limited")) return Promise.resolve(throttled({}));
  if (hit("rate_limited_seconds")) return Promise.resolve(throttled({ "retry-after": String(RETRY_AFTER_SECONDS) }));
  if (hit("rate_limited_date")) {
    return Promise.resolve(throttled({ "retry-after": new Date(asked.nowMs + RETRY_AFTER_SECONDS * 1000).toUTCString() }));
  }
  return undefined;
}

/** As `fetch` does: never, and an `AbortError` once the caller has given up. */
function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    else signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function throttled(headers: Readonly<Record<string, string>>): VendorResponse {
  return jsonAnswer(429, { error: "too_many_requests" }, headers);
}

const SALTS = Object.fromEntries(Object.keys(ANSWER_FAULTS).map((name, index) => [name, 0x4146_0000 + index])) as Record<
  AnswerFaultName,
  number
>;
