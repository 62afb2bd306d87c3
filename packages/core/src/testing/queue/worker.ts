import type { Consumption, Delivery, Verdict } from "../../ports/work-queue.ts";
import { broken } from "../promise.ts";
import { deliveryOf, sourceOf } from "../samples.ts";
import { done, enqueue } from "./queue-questions.ts";
import type { QueueUnderTest } from "./queue-under-test.ts";

type Judge = (delivery: Delivery, nth: number) => Verdict | PromiseLike<Verdict> | "never";

interface Worker extends Consumption {
  readonly handedOut: readonly Delivery[];
  /** Ids of what was handed out, pulses left out. */
  ids(source?: string): string[];
  /** Resolves once so many were handed out, pulses left out. */
  until(count: number, source?: string): Promise<void>;
  /** Sends a delivery of another source all the way through, so that whatever could have come by now has come. */
  pulse(): Promise<void>;
}

/** Consumes and remembers. `nth` counts the times a delivery was handed out, from 1. */
export function consume(subject: QueueUnderTest, judge: Judge = () => done): Worker {
  const handedOut: Delivery[] = [];
  const pulsed: Delivery[] = [];
  const watchers = new Set<() => void>();
  const work = async (delivery: Delivery): Promise<Verdict> => {
    (delivery.sourceId === pulseSource ? pulsed : handedOut).push(delivery);
    for (const look of watchers) look();
    if (delivery.sourceId === pulseSource) return done;
    const nth = handedOut.filter(({ id, sourceId }) => id === delivery.id && sourceId === delivery.sourceId).length;
    const verdict = judge(delivery, nth);
    return verdict === "never" ? new Promise(() => undefined) : verdict;
  };
  const of = (source?: string): readonly Delivery[] => handedOut.filter(({ sourceId }) => source === undefined || sourceId === source);
  const consumption = subject.port.consume(work);
  return {
    handedOut,
    stop: () => within(subject, consumption.stop(), "stop resolves"),
    ids: (source) => of(source).map(({ id }) => id),
    until: (count, source) =>
      within(
        subject,
        when(watchers, () => of(source).length >= count),
        `${count} deliveries are handed out`,
        () => `${of(source).length} were`,
      ),
    pulse: async () => {
      const count = pulsed.length + 1;
      await enqueue(subject.port, deliveryOf(`pulse ${count}`, pulseSource));
      await within(
        subject,
        when(watchers, () => pulsed.length >= count),
        "a delivery of another source is handed out in the meantime",
      );
    },
  };
}

const pulseSource = sourceOf("pulses000001");

/** Resolves once it is so; looked at whenever something was handed out. */
function when(watchers: Set<() => void>, isSo: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (isSo()) resolve();
    };
    watchers.add(look);
    look();
  });
}

async function within(
  subject: QueueUnderTest,
  promise: Promise<void>,
  promised: string,
  happened = () => "it has not happened",
): Promise<void> {
  let kept = false;
  await Promise.race([promise.then(() => (kept = true)), subject.patience()]);
  if (!kept) broken(promised, happened());
}
