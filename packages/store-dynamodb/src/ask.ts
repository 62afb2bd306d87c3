import { setTimeout as sleep } from "node:timers/promises";
import type { CancellationReason } from "@aws-sdk/client-dynamodb";
import type { Call, StoreError } from "@bg-ingest/core";
import { err, ok, type Result, ResultAsync } from "neverthrow";
import { cancelled, mapDynamoDbError } from "./map-dynamodb-error.ts";
import type { Item } from "./table.ts";

export type Ask<T> = (options: { readonly abortSignal: AbortSignal }) => Promise<T>;

/** Exceptions stop here. */
export function ask<T>(call: Call, send: Ask<T>): ResultAsync<T, StoreError> {
  return attempt(call, send).mapErr(mapDynamoDbError);
}

/** A condition did not hold, in a transaction that of the action at this place. `item` is what stands there. */
interface Refused {
  readonly at: number;
  readonly item: Item | null;
}

export type Sent<T> = { readonly kind: "done"; readonly output: T } | { readonly kind: "refused"; readonly refused: readonly Refused[] };

/** Others in the midst of a transaction are waited for, about three seconds in all. */
const MOST_ATTEMPTS = 8;
const FIRST_WAIT_MS = 15;

/** Sends a write that has conditions. Each attempt sends the very same, so that one which happened unseen is recognised by the next. */
export async function askOnConditions<T>(call: Call, send: Ask<T>): Promise<Result<Sent<T>, StoreError>> {
  for (let attempts = 1; ; attempts++) {
    const sent = await attempt(call, send);
    if (sent.isOk()) return ok({ kind: "done", output: sent.value });
    const refused = refusedBy(sent.error);
    if (refused.length > 0) return ok({ kind: "refused", refused });
    if (!isContended(sent.error) || attempts === MOST_ATTEMPTS) return err(mapDynamoDbError(sent.error));
    const waited = await pause(FIRST_WAIT_MS * 2 ** attempts, call);
    if (waited.isErr()) return err(waited.error);
  }
}

/** From half the time up to all of it, so that those who wait do not come back together. */
export function pause(ms: number, { signal }: Call): ResultAsync<void, StoreError> {
  return ResultAsync.fromPromise(sleep(ms * (0.5 + Math.random() / 2), undefined, { signal }), () => cancelled);
}

/** Whoever calls it off is answered at once, whatever the SDK is waiting for. */
function attempt<T>({ signal }: Call, send: Ask<T>): ResultAsync<T, unknown> {
  const answered = new AbortController();
  const sending = async (): Promise<T> => {
    signal.throwIfAborted();
    const calledOff = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true, signal: answered.signal });
    });
    return Promise.race([send({ abortSignal: signal }), calledOff]);
  };
  return ResultAsync.fromPromise(
    sending().finally(() => answered.abort()),
    (thrown) => (signal.aborted ? new DOMException("", "AbortError") : thrown),
  );
}

interface Thrown {
  readonly name?: unknown;
  readonly Item?: Item;
  readonly CancellationReasons?: readonly CancellationReason[];
}

function refusedBy(thrown: unknown): readonly Refused[] {
  const { name, Item, CancellationReasons = [] } = Object(thrown) as Thrown;
  if (name === "ConditionalCheckFailedException") return [{ at: 0, item: Item ?? null }];
  return CancellationReasons.flatMap((reason, at) => (reason.Code === "ConditionalCheckFailed" ? [{ at, item: reason.Item ?? null }] : []));
}

/** What a transaction meets where the same write by itself would be retried by the SDK. */
const PASSING = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];

function isContended(thrown: unknown): boolean {
  const { name, CancellationReasons = [] } = Object(thrown) as Thrown;
  return name === "TransactionConflictException" || CancellationReasons.some(({ Code = "" }) => PASSING.includes(Code));
}
