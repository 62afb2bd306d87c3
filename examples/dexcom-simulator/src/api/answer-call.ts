import type { Outcome, SimulatorRequest } from "../answer.ts";
import { failureInstead, type NumberedRequest, nightlyFailure, oddErrorBody, tooManyCalls } from "../faults/answer-faults.ts";
import { answerToken } from "../oauth/token.ts";
import { answerData, bearerToken } from "./answer-data.ts";
import type { Cloud } from "./cloud.ts";

/** Who calls, as far as can be told before anything is checked. */
interface Caller {
  readonly user: string | null;
  readonly clientId: string | null;
}

/** A request of an application, with all that can go wrong on the way to the answer and back. */
export function answerCall(request: SimulatorRequest, number: number, isForToken: boolean, cloud: Cloud): Outcome {
  const caller = isForToken ? callerOfToken(request, cloud) : callerOfData(request, cloud);
  const numbered: NumberedRequest = { number, user: caller.user, nowMs: cloud.nowMs() };
  if (cloud.strikes("unreachable", numbered)) return { kind: "cut" };
  cloud.tally.calls++;
  if (cloud.budgets.get(caller.clientId ?? "")?.take(numbered.nowMs) === false) {
    cloud.tally.refusedOverBudget++;
    return tooManyCalls();
  }
  const failure = failureInstead(numbered, cloud.strikes) ?? (isForToken ? nightlyFailure(numbered, cloud.strikes) : null);
  if (failure !== null) return failure;
  const answer = isForToken ? oddErrorBody(answerToken(request, cloud), numbered, cloud.strikes) : answerData(request, numbered, cloud);
  const loss = lostOnTheWay(numbered, cloud);
  if (loss === null) return answer;
  if (isForToken && answer.status === 200 && caller.user !== null) countLost(cloud.tally.tokenResponsesLost, caller.user);
  return loss;
}

function lostOnTheWay(numbered: NumberedRequest, { strikes }: Cloud): Outcome | null {
  if (strikes("lost_responses", numbered)) return { kind: "cut" };
  return strikes("silent_responses", numbered) ? { kind: "hang" } : null;
}

function callerOfData(request: SimulatorRequest, { grants }: Cloud): Caller {
  return grants.ownerOf(bearerToken(request)) ?? { user: null, clientId: null };
}

function callerOfToken({ body }: SimulatorRequest, { grants }: Cloud): Caller {
  const form = new URLSearchParams(body);
  return { user: grants.userOf(form.get("code") ?? form.get("refresh_token") ?? ""), clientId: form.get("client_id") };
}

function countLost(lost: Map<string, number>, user: string): void {
  lost.set(user, (lost.get(user) ?? 0) + 1);
}
