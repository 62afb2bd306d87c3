import type { Delivery, Verdict, WorkQueue } from "../../ports/work-queue.ts";
import { good, keeps } from "../promise.ts";
import { calm, sourceOf } from "../samples.ts";
import type { QueueUnderTest } from "./queue-under-test.ts";

export const bertsCgm = sourceOf("bertscgm0001");
export const carlsCgm = sourceOf("carlscgm0001");
export const HOUR_MS = 3_600_000;
export const done: Verdict = { kind: "done" };
export const unreadable: Verdict = { kind: "set_apart", reason: "not JSON", body: "kept" };
export const ofSomebodyElse: Verdict = { kind: "set_apart", reason: "somebody else's", body: "deleted" };

export async function enqueue(queue: WorkQueue, delivery: Delivery): Promise<"enqueued" | "known"> {
  return good("enqueue works", await queue.enqueue(delivery, calm));
}

export async function depth(queue: WorkQueue) {
  return good("depth works", await queue.depth(calm));
}

export function byId<T extends Pick<Delivery, "id">>(these: readonly T[]): readonly T[] {
  return [...these].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Resolves once nothing waits. */
export async function drained(subject: QueueUnderTest): Promise<void> {
  let given = false;
  const over = Promise.resolve(subject.patience()).then(() => {
    given = true;
  });
  while ((await depth(subject.port)).waiting > 0) {
    keeps("what has its verdict no longer waits", !given, `${(await depth(subject.port)).waiting} still wait`);
    await Promise.race([over, subject.passTime(1)]);
  }
}
