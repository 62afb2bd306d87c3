import type { Consumption, Delivery, Verdict, WorkQueue } from "../ports/work-queue.ts";
import { type ContractCase, caseOf, emptySuiteFails, type UnderTest } from "./contract-case.ts";
import { broken, good, keeps, same } from "./promise.ts";
import { abortedCall, annaCgm, bytesOf, calm, deliveryOf, instantAt, providerOf, sourceOf, userOf } from "./samples.ts";

export interface LetterSetApart {
  readonly sourceId: string;
  readonly id: string;
  readonly signedAt: number;
  readonly reason: string;
  readonly body: Uint8Array;
}

export interface QueueUnderTest extends UnderTest<WorkQueue> {
  readonly nowMs: () => number;
  /** Lets so much time go by for the queue, steered or real. */
  readonly passTime: (ms: number) => PromiseLike<void>;
  /** What somebody who looks into the queue, or at its disk, finds of what was set apart, in any order. */
  readonly setApart: () => PromiseLike<readonly LetterSetApart[]>;
  /** Resolves when a case has waited in vain long enough. */
  readonly patience: () => PromiseLike<void>;
}

type Body = (subject: QueueUnderTest) => Promise<void>;

/** Everything that `WorkQueue` promises, one case a promise. */
export function workQueueContract(make: () => PromiseLike<QueueUnderTest>): readonly ContractCase[] {
  const bodies = { ...enqueuing, ...handingOut, ...verdicts, ...stopping, ...erasing };
  return emptySuiteFails(Object.entries(bodies).map(([id, body]) => caseOf(make, id, body)));
}

const bertsCgm = sourceOf("bertscgm0001");
const carlsCgm = sourceOf("carlscgm0001");
const HOUR_MS = 3_600_000;
const done: Verdict = { kind: "done" };
const unreadable: Verdict = { kind: "set_apart", reason: "not JSON", body: "kept" };
const ofSomebodyElse: Verdict = { kind: "set_apart", reason: "somebody else's", body: "deleted" };

const enqueuing: Readonly<Record<string, Body>> = {
  "a delivery is handed out as it came": async (subject) => {
    const body = Uint8Array.from({ length: 300_000 }, (_, at) => at & 255);
    const sent = [
      deliveryOf("msg_1", annaCgm, { body, signedAt: instantAt(-3), provider: providerOf("a-vendor"), userId: userOf("x".repeat(128)) }),
      deliveryOf("№ 2 / »odd«", bertsCgm, { body: new Uint8Array(0) }),
    ];
    for (const delivery of sent) same("a new delivery is enqueued", await enqueue(subject.port, delivery), "enqueued");
    const worker = consume(subject);
    await worker.until(2);
    same("every field and byte", byId(worker.handedOut), byId(sent));
  },
  "a delivery that was answered outlives the process": async (subject) => {
    const worker = consume(subject, () => "never");
    const ids = ["1", "2", "3"];
    await Promise.all(ids.map((id) => enqueue(subject.port, deliveryOf(id, sourceOf(`source0${id}`)))));
    await worker.until(1);
    const later = consume({ ...subject, port: await subject.restarted() });
    await later.until(3);
    same("a restart hands out all that have no verdict", later.ids().sort(), ids);
  },
  "a repeat changes nothing": async (subject) => {
    await enqueue(subject.port, deliveryOf("1"));
    same("a repeat is known", await enqueue(subject.port, deliveryOf("1", annaCgm, { body: bytesOf(99) })), "known");
    const worker = consume(subject);
    await worker.until(1);
    same("a repeat of what was done is known", await enqueue(subject.port, deliveryOf("1")), "known");
    await enqueue(subject.port, deliveryOf("2"));
    await worker.until(2);
    same("it is handed out once", worker.ids(), ["1", "2"]);
    same("the first one stands", worker.handedOut[0]?.body, deliveryOf("1").body);
  },
  "a repeat is known for a week, restarts included": async (subject) => {
    await enqueue(subject.port, deliveryOf("1"));
    const worker = consume(subject);
    await worker.until(1);
    await worker.stop();
    await subject.passTime(7 * 24 * HOUR_MS - HOUR_MS);
    const later = await subject.restarted();
    same("an hour before the week is over", await enqueue(later, deliveryOf("1")), "known");
  },
  "ids are told apart by their source": async (subject) => {
    same("first source", await enqueue(subject.port, deliveryOf("1", annaCgm)), "enqueued");
    same("another source", await enqueue(subject.port, deliveryOf("1", bertsCgm)), "enqueued");
    same("another id", await enqueue(subject.port, deliveryOf("1 ", annaCgm)), "enqueued");
    const worker = consume(subject);
    await worker.until(3);
    same("each is handed out", worker.handedOut.length, 3);
  },
  "of many repeats at once exactly one is enqueued": async (subject) => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => enqueue(subject.port, deliveryOf("1"))));
    same("one is new", answers.filter((answer) => answer === "enqueued").length, 1);
    same("one waits", (await depth(subject.port)).waiting, 1);
  },
  "a cancelled call is answered by an error and changes nothing": async (subject) => {
    const call = abortedCall();
    keeps(
      "a cancelled enqueue answers an error",
      (await subject.port.enqueue(deliveryOf("1"), call)).isErr(),
      "it answered as if it had worked",
    );
    keeps("a cancelled depth answers an error", (await subject.port.depth(call)).isErr(), "it answered as if it had worked");
    await enqueue(subject.port, deliveryOf("2"));
    keeps("a cancelled erase answers an error", (await subject.port.eraseSource(annaCgm, call)).isErr(), "it answered as if it had worked");
    same("only what was answered waits", (await depth(subject.port)).waiting, 1);
    same("a cancelled id is not known", await enqueue(subject.port, deliveryOf("1")), "enqueued");
  },
};

const handingOut: Readonly<Record<string, Body>> = {
  "deliveries of one source come one after another, in the order of arrival": async (subject) => {
    const ids = Array.from({ length: 12 }, (_, n) => `msg ${n}`);
    let working = 0;
    let most = 0;
    const worker = consume(subject, async () => {
      most = Math.max(most, ++working);
      for (let turn = 0; turn < 5; turn++) await depth(subject.port);
      working--;
      return done;
    });
    for (const id of ids) await enqueue(subject.port, deliveryOf(id));
    await worker.until(ids.length);
    same("in the order of arrival", worker.ids(annaCgm), ids);
    same("never two of a source at once", most, 1);
  },
  "what waited before comes in order after a restart": async (subject) => {
    const ids = Array.from({ length: 5 }, (_, n) => `msg ${9 - n}`);
    for (const id of ids) await enqueue(subject.port, deliveryOf(id));
    const worker = consume({ ...subject, port: await subject.restarted() });
    await worker.until(5);
    same("in the order of arrival", worker.ids(), ids);
  },
  "a delivery without a verdict is handed out again": async (subject) => {
    await enqueue(subject.port, deliveryOf("1"));
    await enqueue(subject.port, deliveryOf("2"));
    const worker = consume(subject, () => "never");
    await worker.until(1);
    const later = consume({ ...subject, port: await subject.restarted() });
    await later.until(2);
    same("the restart begins with the one that was being worked on", later.ids(), ["1", "2"]);
  },
  "many sources are all served": async (subject) => {
    const sources = Array.from({ length: 60 }, (_, n) => sourceOf(`crowd00${String(n).padStart(3, "0")}`));
    const worker = consume(subject);
    await Promise.all(sources.flatMap((source) => ["1", "2", "3"].map((id) => enqueue(subject.port, deliveryOf(id, source)))));
    await worker.until(180);
    for (const source of sources) same("each source's own order", worker.ids(source), ["1", "2", "3"]);
    await drained(subject);
  },
};

const verdicts: Readonly<Record<string, Body>> = {
  "what is done never comes again": async (subject) => {
    const worker = consume(subject);
    await enqueue(subject.port, deliveryOf("1"));
    await worker.until(1);
    await worker.stop();
    const port = await subject.restarted();
    const later = consume({ ...subject, port });
    await enqueue(port, deliveryOf("2"));
    await later.until(1);
    same("only the other one", later.ids(), ["2"]);
  },
  "what is held comes again after the wait, before what arrived later": async (subject) => {
    const at: number[] = [];
    const worker = consume(subject, ({ id }, nth) => {
      if (id === "1") at.push(subject.nowMs());
      return id === "1" && nth < 3 ? { kind: "hold", waitMs: 400 } : done;
    });
    await enqueue(subject.port, deliveryOf("1"));
    await enqueue(subject.port, deliveryOf("2"));
    await worker.until(1);
    await worker.pulse();
    same("while it is held nothing of its source comes", worker.ids(annaCgm), ["1"]);
    for (let waited = 0; waited < 10 && worker.ids(annaCgm).length < 4; waited++) {
      await subject.passTime(200);
      await worker.pulse();
    }
    await worker.until(4, annaCgm);
    same("it comes until it is done, then the next", worker.ids(annaCgm), ["1", "1", "1", "2"]);
    const waits = at.slice(1).map((ms, n) => ms - (at[n] ?? 0));
    keeps(
      "never before its wait is over",
      waits.every((ms) => ms >= 400),
      `it waited ${waits.join(" and ")} ms instead of 400`,
    );
  },
  "fractions of a millisecond are time like any other": async (subject) => {
    await subject.passTime(0.25);
    const at: number[] = [];
    const worker = consume(subject, ({ id }, nth) => {
      if (id === "1") at.push(subject.nowMs());
      return id === "1" && nth === 1 ? { kind: "hold", waitMs: 400.5 } : unreadable;
    });
    same("a delivery is enqueued", await enqueue(subject.port, deliveryOf("1")), "enqueued");
    same("its repeat is known", await enqueue(subject.port, deliveryOf("1")), "known");
    await enqueue(subject.port, deliveryOf("2"));
    await worker.until(1);
    await worker.pulse();
    same("while it is held nothing of its source comes", worker.ids(annaCgm), ["1"]);
    for (let waited = 0; waited < 10 && worker.ids(annaCgm).length < 3; waited++) {
      await subject.passTime(200.25);
      await worker.pulse();
    }
    await worker.until(3, annaCgm);
    same("it comes again, then the next", worker.ids(annaCgm), ["1", "1", "2"]);
    const waitedMs = (at[1] ?? 0) - (at[0] ?? 0);
    keeps("not before its wait is over", waitedMs >= 400, `it waited ${waitedMs} ms instead of 400.5`);
    await drained(subject);
    same("what is set apart then is counted", await depth(subject.port), { waiting: 0, setApart: 2 });
  },
  "one that is held delays no other source": async (subject) => {
    const worker = consume(subject, ({ sourceId }) => (sourceId === annaCgm ? { kind: "hold", waitMs: HOUR_MS } : done));
    const held = Array.from({ length: 20 }, (_, n) => sourceOf(`held000${String(n).padStart(3, "0")}`));
    await enqueue(subject.port, deliveryOf("1"));
    await worker.until(1);
    for (const source of [bertsCgm, ...held, carlsCgm]) await enqueue(subject.port, deliveryOf("1", source));
    await worker.until(23);
    same("all others have come", new Set(worker.handedOut.map(({ sourceId }) => sourceId)).size, 23);
  },
  "many that are held delay no other source": async (subject) => {
    const worker = consume(subject, ({ sourceId }) => (sourceId === annaCgm ? done : { kind: "hold", waitMs: HOUR_MS }));
    for (let n = 0; n < 40; n++) await enqueue(subject.port, deliveryOf("1", sourceOf(`held000${String(n).padStart(3, "0")}`)));
    await worker.until(40);
    await enqueue(subject.port, deliveryOf("1"));
    await worker.until(1, annaCgm);
  },
  "what is held is not lost by a restart": async (subject) => {
    const worker = consume(subject, () => ({ kind: "hold", waitMs: 300 }));
    await enqueue(subject.port, deliveryOf("1"));
    await worker.until(1);
    await worker.stop();
    const later = consume({ ...subject, port: await subject.restarted() });
    await subject.passTime(600);
    await later.until(1);
    same("it comes again", later.ids(), ["1"]);
  },
  "what is set apart is kept, counted and not handed out again": async (subject) => {
    const worker = consume(subject, ({ id }) => (id === "1" ? unreadable : done));
    await enqueue(subject.port, deliveryOf("1"));
    await enqueue(subject.port, deliveryOf("2"));
    await worker.until(2);
    same("its source goes on", worker.ids(), ["1", "2"]);
    await drained(subject);
    same("it is counted", await depth(subject.port), { waiting: 0, setApart: 1 });
    await worker.stop();
    const port = await subject.restarted();
    const later = consume({ ...subject, port });
    await enqueue(port, deliveryOf("3"));
    await later.until(1);
    same("it does not come again", later.ids(), ["3"]);
    same("it is kept", (await depth(port)).setApart, 1);
  },
  "what is set apart shows whose it is, when it was signed and why; its body where that is kept, and no byte of one that is deleted":
    async (subject) => {
      const odd = deliveryOf("odd", annaCgm, { body: bytesOf(7, 40_000), signedAt: instantAt(-60) });
      const foreign = deliveryOf("foreign", annaCgm, { body: bytesOf(9, 40_000), signedAt: instantAt(-30) });
      const after = deliveryOf("after", annaCgm);
      const worker = consume(subject, ({ id }, nth) => {
        if (id === "foreign" && nth === 1) return { kind: "hold", waitMs: 100 };
        if (id === "after") return done;
        return id === "odd" ? unreadable : ofSomebodyElse;
      });
      for (const delivery of [odd, foreign, after]) await enqueue(subject.port, delivery);
      await worker.until(2);
      await subject.passTime(200);
      await worker.until(4);
      await drained(subject);
      await worker.stop();
      const letterOf = ({ sourceId, id, signedAt, body }: Delivery, reason: string): LetterSetApart => ({
        sourceId,
        id,
        signedAt,
        reason,
        body,
      });
      const kept = [letterOf({ ...foreign, body: new Uint8Array(0) }, "somebody else's"), letterOf(odd, "not JSON")];
      same("what is kept of both", byId(await subject.setApart()), kept);
      same("a repeat of what was set apart is known", await enqueue(subject.port, foreign), "known");
      await subject.restarted();
      same("and what is kept after a restart", byId(await subject.setApart()), kept);
    },
  "depth tells how many wait": async (subject) => {
    same("nothing at first", await depth(subject.port), { waiting: 0, setApart: 0 });
    for (const id of ["1", "2", "3"]) await enqueue(subject.port, deliveryOf(id));
    await enqueue(subject.port, deliveryOf("1"));
    same("three wait", await depth(subject.port), { waiting: 3, setApart: 0 });
    consume(subject);
    await drained(subject);
  },
};

const stopping: Readonly<Record<string, Body>> = {
  "stop resolves once the verdict is on record, and hands out nothing more": async (subject) => {
    const gate = createGates();
    const worker = consume(subject, (delivery) => gate.enter(delivery).then(() => done));
    await enqueue(subject.port, deliveryOf("1"));
    await enqueue(subject.port, deliveryOf("2"));
    await worker.until(1);
    let stopped = false;
    const stopping = worker.stop().then(() => {
      stopped = true;
    });
    await depth(subject.port);
    keeps("stop waits for the delivery being worked on", !stopped, "it resolved before the verdict");
    gate.open();
    await stopping;
    same("the next one was not handed out", worker.ids(), ["1"]);
    const later = consume({ ...subject, port: await subject.restarted() });
    await later.until(1);
    same("the verdict was on record, and the next one still waits", later.ids(), ["2"]);
  },
  "a stopped queue takes deliveries, and the next consumer gets them": async (subject) => {
    await consume(subject).stop();
    await enqueue(subject.port, deliveryOf("1"));
    same("it waits", (await depth(subject.port)).waiting, 1);
    const worker = consume(subject);
    await worker.until(1);
    await drained(subject);
  },
  "stopping an idle queue, or stopping twice, resolves": async (subject) => {
    const worker = consume(subject);
    await worker.stop();
    await worker.stop();
  },
};

const erasing: Readonly<Record<string, Body>> = {
  "erasing a source takes what waits and what was set apart, and nothing else": async (subject) => {
    const worker = consume(subject, ({ id }) => (id === "bad" ? unreadable : { kind: "hold", waitMs: HOUR_MS }));
    for (const source of [annaCgm, bertsCgm]) {
      await enqueue(subject.port, deliveryOf("bad", source));
      for (const id of ["1", "2"]) await enqueue(subject.port, deliveryOf(id, source));
    }
    await worker.until(4);
    await worker.stop();
    same("before", await depth(subject.port), { waiting: 4, setApart: 2 });
    good("eraseSource works", await subject.port.eraseSource(annaCgm, calm));
    same("the other source's remain", await depth(subject.port), { waiting: 2, setApart: 1 });
    const later = consume({ ...subject, port: await subject.restarted() });
    await subject.passTime(2 * HOUR_MS);
    await later.until(2);
    same("nothing of the erased source comes", later.ids(annaCgm), []);
  },
  "a verdict on an erased delivery touches no other": async (subject) => {
    for (const verdict of [done, unreadable, { kind: "hold", waitMs: 1 }] as const) {
      const gate = createGates();
      const worker = consume(subject, (delivery) => gate.enter(delivery).then(() => verdict));
      const id = `erased, then ${verdict.kind}`;
      await enqueue(subject.port, deliveryOf(id));
      await worker.until(1);
      good("eraseSource works", await subject.port.eraseSource(annaCgm, calm));
      await enqueue(subject.port, deliveryOf(`after ${id}`, bertsCgm));
      gate.open(annaCgm);
      await worker.until(2);
      const stopping = worker.stop();
      gate.open(bertsCgm);
      await stopping;
      const left = await depth(subject.port);
      same(`erased, then ${verdict.kind}: only the other one is judged`, left, {
        waiting: verdict.kind === "hold" ? 1 : 0,
        setApart: verdict.kind === "set_apart" ? 1 : 0,
      });
      good("eraseSource works", await subject.port.eraseSource(bertsCgm, calm));
    }
  },
};

async function enqueue(queue: WorkQueue, delivery: Delivery): Promise<"enqueued" | "known"> {
  return good("enqueue works", await queue.enqueue(delivery, calm));
}

async function depth(queue: WorkQueue) {
  return good("depth works", await queue.depth(calm));
}

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
function consume(subject: QueueUnderTest, judge: Judge = () => done): Worker {
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

/** Resolves once nothing waits. */
async function drained(subject: QueueUnderTest): Promise<void> {
  let given = false;
  const over = Promise.resolve(subject.patience()).then(() => {
    given = true;
  });
  while ((await depth(subject.port)).waiting > 0) {
    keeps("what has its verdict no longer waits", !given, `${(await depth(subject.port)).waiting} still wait`);
    await Promise.race([over, subject.passTime(1)]);
  }
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

function byId<T extends Pick<Delivery, "id">>(these: readonly T[]): readonly T[] {
  return [...these].sort((a, b) => (a.id < b.id ? -1 : 1));
}

interface Gates {
  /** Resolves when the gate of the delivery's source is opened the next time. */
  enter(delivery: Delivery): Promise<void>;
  open(source?: string): void;
}

function createGates(): Gates {
  const waiting = new Map<string, () => void>();
  return {
    enter: ({ sourceId }) => new Promise((resolve) => waiting.set(sourceId, resolve)),
    open: (source = annaCgm) => {
      const resolve = waiting.get(source);
      waiting.delete(source);
      resolve?.();
    },
  };
}
