import { type Answer, brokenHtmlAnswer, jsonAnswer, type Outcome, textAnswer } from "../answer.ts";
import { mix, mixText, oneOf, unit } from "../chance.ts";
import { ANSWER_FAULTS, type AnswerFault } from "./fault.ts";
import type { FaultRules } from "./fault-switches.ts";

/** One request among all that the simulator gets. */
export interface NumberedRequest {
  readonly number: number;
  /** Whose data or grant it is about, where that can be told. */
  readonly user: string | null;
  readonly nowMs: number;
}

/** Whether a fault strikes a request, told by the seed and the request's number. */
export type Strikes = (fault: AnswerFault, request: NumberedRequest) => boolean;

export function createStrikes(seed: number, rules: Pick<FaultRules, "shareAt">): Strikes {
  return (fault, { number, user, nowMs }) => {
    const share = rules.shareAt(fault, user, nowMs / 1000);
    return share > 0 && unit(mix(mix(seed, SALTS[fault]), number)) < share;
  };
}

const SALTS = Object.fromEntries(Object.keys(ANSWER_FAULTS).map((fault) => [fault, mixText(0x414e5357, fault)])) as Record<
  AnswerFault,
  number
>;

const RETRY_AFTER_SECONDS = 30;

/** What comes in the place of an answer, nothing having been done; `null`: nothing is wrong with this request. */
export function failureInstead(request: NumberedRequest, strikes: Strikes): Outcome | null {
  const isStruckBy = (fault: AnswerFault) => strikes(fault, request);
  if (isStruckBy("hangs")) return { kind: "hang" };
  if (isStruckBy("server_errors")) return serverError(request.number);
  if (isStruckBy("rate_limited")) return tooManyCalls();
  if (isStruckBy("rate_limited_seconds")) return tooManyCalls({ "retry-after": String(RETRY_AFTER_SECONDS) });
  if (isStruckBy("rate_limited_date")) {
    return tooManyCalls({ "retry-after": new Date(request.nowMs + RETRY_AFTER_SECONDS * 1000).toUTCString() });
  }
  if (isStruckBy("rate_limited_oddly")) return tooManyCalls({ "retry-after": oddRetryAfter(request) });
  return null;
}

/** A day, no time, a time that is over, and no time at all. */
function oddRetryAfter({ number, nowMs }: NumberedRequest): string {
  const over = new Date(nowMs - 3_600_000).toUTCString();
  return oneOf(mix(SALTS.rate_limited_oddly, number), ["86400", "0", "-30", "soon", over]);
}

export function tooManyCalls(headers: Readonly<Record<string, string>> = {}): Answer {
  return textAnswer(429, "Too many requests", headers);
}

const NIGHT = { fromMinute: 2 * 60 + 45, toMinute: 3 * 60 + 45 } as const;

/** Nothing that it answers says of a grant that it has ended. */
export function nightlyFailure(request: NumberedRequest, strikes: Strikes): Answer | null {
  const minute = Math.floor(request.nowMs / 60_000) % 1_440;
  if (minute < NIGHT.fromMinute || minute >= NIGHT.toMinute || !strikes("nightly_failures", request)) return null;
  return oneOf<() => Answer>(mix(SALTS.nightly_failures, request.number), [
    () => serverError(request.number),
    () => jsonAnswer(400, { message: "Invalid token" }),
    () => textAnswer(401, "Unauthorized"),
    () => jsonAnswer(401, { fault: { faultstring: "Unable to identify proxy" } }),
    () => brokenHtmlAnswer(200, "Scheduled maintenance"),
  ])();
}

/** An error of the token endpoint, sometimes not in RFC form. */
export function oddErrorBody(answer: Answer, request: NumberedRequest, strikes: Strikes): Answer {
  if (answer.status < 400 || !strikes("odd_error_bodies", request)) return answer;
  return oneOf<() => Answer>(mix(SALTS.odd_error_bodies, request.number), [
    () => jsonAnswer(answer.status, { errorCode: "ERR-17", message: "The request could not be processed." }),
    () => textAnswer(answer.status, "Bad request"),
    () => brokenHtmlAnswer(answer.status, "Bad request"),
    () => textAnswer(answer.status, ""),
  ])();
}

function serverError(number: number): Answer {
  return brokenHtmlAnswer(oneOf(mix(0x53525645, number), [500, 502, 503, 504]), "We will be back soon");
}
