import { err, ok, Result, ResultAsync } from "neverthrow";
import type { Call } from "../../ports/call.ts";
import type { ProviderError } from "../../ports/cgm-provider.ts";
import { linkedSignal } from "../../ports/linked-signal.ts";
import { type Guard, isCalledOff, isLate, stopped } from "./guard.ts";
import { parseAnswer, parseProviderError } from "./parse-answer.ts";
import type { Scrub } from "./scrub.ts";
import { underDeadline } from "./under-deadline.ts";

/** `undefined` for what is not what was promised. */
type Parse<T> = (value: unknown) => T | undefined;

/** What a provider is asked, and how its answer is read. */
export interface Question<T> {
  readonly name: string;
  readonly parse: Parse<T>;
  /** For an error that is an answer like any other. */
  readonly parseRefusal?: Parse<T>;
  /** Of what it was asked with: taken out of whatever it says. */
  readonly scrub: Scrub;
}

/** A throw and an answer of the wrong shape become `stop`, a hang becomes `retry`. */
export function guardedCall<T>(
  guard: Guard,
  question: Question<T>,
  call: Call,
  ask: (call: Call) => unknown,
): ResultAsync<T, ProviderError> {
  const answer = async (): Promise<Result<T, ProviderError>> => {
    const link = linkedSignal(call.signal);
    const outcome = await underDeadline(guard, link.signal, async () => readAnswer(question, await ask({ signal: link.signal })));
    link.end();
    switch (outcome.kind) {
      case "answered":
        return outcome.value ?? err(stopped(guard, question.name, WRONG_SHAPE));
      case "threw":
        return err(stopped(guard, question.name, "threw", question.scrub.thrown(outcome.cause)));
      case "late":
        return err(isLate(guard, question.name));
      case "called_off":
        return err(isCalledOff(guard, question.name));
    }
  };
  return new ResultAsync(answer());
}

/** The same for what answers at once. */
export function guardedAnswer<T>(guard: Guard, question: Question<T>, ask: () => unknown): Result<T, ProviderError> {
  const read = Result.fromThrowable(
    () => readAnswer(question, ask()),
    (cause) => stopped(guard, question.name, "threw", question.scrub.thrown(cause)),
  );
  return read().andThen((answer) => answer ?? err(stopped(guard, question.name, WRONG_SHAPE)));
}

const WRONG_SHAPE = "gave an answer of the wrong shape";

function readAnswer<T>(question: Question<T>, value: unknown): Result<T, ProviderError> | undefined {
  const answer = parseAnswer(value);
  if (answer === undefined) return undefined;
  const error = answer.isErr() ? parseProviderError(answer.error, question.scrub) : undefined;
  if (error !== undefined) return err(error);
  const parsed = answer.isErr() ? question.parseRefusal?.(answer.error) : question.parse(answer.value);
  return parsed === undefined ? undefined : ok(parsed);
}
