import type { BgEvent, ConnectionChanged, ReadingsRecorded } from "../event/event.ts";
import type { BusError, EventBus } from "../ports/event-bus.ts";
import { type ContractCase, caseOf, emptySuiteFails } from "./contract-case.ts";
import { broken, good, keeps, same } from "./promise.ts";
import { abortedCall, calm } from "./samples.ts";

export interface BusUnderTest {
  readonly port: EventBus;
  /** What somebody who listens from the beginning has heard, in order, repeats included. */
  readonly heard: () => PromiseLike<readonly BgEvent[]>;
  /** The bus takes no more events, or not all of them, until it is mended. */
  readonly hinder: () => PromiseLike<void>;
  readonly mend: () => PromiseLike<void>;
  /** Resolves when a case has waited in vain long enough. */
  readonly patience: () => PromiseLike<void>;
  readonly close: () => PromiseLike<void>;
}

type Body = (subject: BusUnderTest) => Promise<void>;

/** Everything that `EventBus` promises, one case a promise. */
export function busContract(make: () => PromiseLike<BusUnderTest>): readonly ContractCase[] {
  return emptySuiteFails(Object.entries({ ...telling, ...ordering, ...failing }).map(([id, body]) => caseOf(make, id, body)));
}

const telling: Readonly<Record<string, Body>> = {
  "when it answers, every event of the batch is there": async (subject) => {
    const events = versionsOf("2026-03-01", 20);
    await publish(subject, events);
    same("every event was heard, once", idsOf(await subject.heard()), idsOf(events));
  },
  "an event is heard as it was published": async (subject) => {
    const events = [recordedEvent("2026-03-01", 1, 1_440), connectionEvent, erasedEvent];
    await publish(subject, events);
    same("every member of every type", byId(await subject.heard()), byId(events));
  },
  "one batch after another, each answered for itself": async (subject) => {
    const events = versionsOf("2026-03-01", 5);
    for (const [at, event] of events.entries()) {
      await publish(subject, [event]);
      same(`after ${at + 1}`, idsOf(await subject.heard()), idsOf(events.slice(0, at + 1)));
    }
  },
  "a batch of nothing is published": async (subject) => {
    await publish(subject, []);
    same("nothing was heard", await subject.heard(), []);
  },
  "what is published again is heard again": async (subject) => {
    const event = recordedEvent("2026-03-01", 1);
    await publish(subject, [event]);
    await publish(subject, [event]);
    same("a repeat bears the same id, and is no business of the bus", idsOf(await subject.heard()), [event.id, event.id]);
  },
  "many batches at once are all published": async (subject) => {
    const batches = daysOf(30).map((day) => versionsOf(day, 7));
    await Promise.all(batches.map((batch) => publish(subject, batch)));
    const heard = await subject.heard();
    same("every event was heard", idsOf(heard).sort(), batches.flatMap(idsOf).sort());
    for (const batch of batches) same("each subject's own order", idsOf(ofSubject(heard, batch[0])), idsOf(batch));
  },
};

const ordering: Readonly<Record<string, Body>> = {
  "events of one subject come in the order given, however many": async (subject) => {
    const events = versionsOf("2026-03-01", 300);
    await publish(subject, events);
    same("in the order given", idsOf(await subject.heard()), idsOf(events));
  },
  "subjects that are mixed in a batch keep their own order": async (subject) => {
    const days = daysOf(40).map((day) => versionsOf(day, 9));
    await publish(subject, interleaved(days));
    const heard = await subject.heard();
    same("every event was heard, once", heard.length, 360);
    for (const day of days) same("each subject's own order", idsOf(ofSubject(heard, day[0])), idsOf(day));
  },
};

const failing: Readonly<Record<string, Body>> = {
  "a bus that cannot take events answers an error, and takes all of them when it is mended": async (subject) => {
    const batch = interleaved(daysOf(3).map((day) => versionsOf(day, 5)));
    await subject.hinder();
    const refused = await answered(subject, batch);
    keeps("what may not have gone out is answered by an error", refused !== null, "it answered as if all were there");
    keeps("an error says what happened", (refused?.message ?? "").length > 0, "it has no message");
    await subject.mend();
    await publishUntilTaken(subject, batch);
    const heard = await subject.heard();
    same("every event was heard", [...new Set(idsOf(heard))].sort(), idsOf(batch).sort());
    inFirstOrder(heard, batch);
  },
  "what was answered as published is there, whatever befell the bus before and after": async (subject) => {
    const confirmed: BgEvent[] = [];
    for (const [at, day] of daysOf(6).entries()) {
      if (at % 2 === 1) await subject.hinder();
      const batch = versionsOf(day, 4);
      if ((await answered(subject, batch)) === null) confirmed.push(...batch);
      if (at % 2 === 1) await subject.mend();
    }
    const heard = new Set(idsOf(await subject.heard()));
    same(
      "each of them was heard",
      idsOf(confirmed).filter((id) => !heard.has(id)),
      [],
    );
  },
  "a later event never comes for the first time before an earlier one of its subject that failed": async (subject) => {
    const all = versionsOf("2026-03-01", 6);
    await publish(subject, all.slice(0, 2));
    await subject.hinder();
    await answered(subject, all.slice(2, 4));
    await subject.mend();
    await publishUntilTaken(subject, all.slice(2));
    inFirstOrder(await subject.heard(), all);
  },
  "a cancelled call is answered by an error, and nothing goes out": async (subject) => {
    const answer = await withinPatience(subject, subject.port.publish([recordedEvent("2026-03-01", 1)], abortedCall()));
    keeps("a cancelled publish answers an error", answer.isErr(), "it answered as if it had worked");
    await publish(subject, [recordedEvent("2026-03-02", 1)]);
    same("only what was not cancelled was heard", idsOf(await subject.heard()), [recordedEvent("2026-03-02", 1).id]);
  },
};

async function publish(subject: BusUnderTest, events: readonly BgEvent[]): Promise<void> {
  good("a sound bus takes events", await withinPatience(subject, subject.port.publish(events, calm)));
}

/** The error, `null` if there was none. */
async function answered(subject: BusUnderTest, events: readonly BgEvent[]): Promise<BusError | null> {
  const answer = await withinPatience(subject, subject.port.publish(events, calm));
  return answer.isErr() ? answer.error : null;
}

/** A bus that was mended may need a moment to notice. */
async function publishUntilTaken(subject: BusUnderTest, events: readonly BgEvent[]): Promise<void> {
  const over = Promise.resolve(subject.patience()).then(() => "over" as const);
  for (;;) {
    const refused = await answered(subject, events);
    if (refused === null) return;
    const pause = Promise.resolve(subject.heard());
    if ((await Promise.race([over, pause])) === "over") broken("a mended bus takes events again", `it answered ${refused.message}`);
  }
}

async function withinPatience<T>(subject: BusUnderTest, answer: PromiseLike<T>): Promise<T> {
  const kept = await Promise.race([Promise.resolve(answer).then((value) => ({ value })), subject.patience()]);
  return kept === undefined ? broken("publish answers", "it has not answered") : kept.value;
}

/** First appearances of each subject stand in the order given; repeats may follow. */
function inFirstOrder(heard: readonly BgEvent[], given: readonly BgEvent[]): void {
  const first = new Map(heard.toReversed().map((event) => [event.id, event]));
  const firsts = [...first.values()].reverse();
  for (const subject of new Set(given.map((event) => event.subject))) {
    const order = idsOf(given.filter((event) => event.subject === subject));
    const seen = idsOf(firsts.filter((event) => event.subject === subject));
    same("first appearances stand in the order given", seen, order);
  }
}

function interleaved(days: readonly (readonly BgEvent[])[]): readonly BgEvent[] {
  const longest = Math.max(...days.map((day) => day.length));
  return Array.from({ length: longest }, (_, at) => days.flatMap((day) => day[at] ?? [])).flat();
}

const idsOf = (events: readonly BgEvent[]): string[] => events.map(({ id }) => id);

function ofSubject(events: readonly BgEvent[], like: BgEvent | undefined): readonly BgEvent[] {
  return events.filter(({ subject }) => subject === like?.subject);
}

function byId(events: readonly BgEvent[]): readonly BgEvent[] {
  return [...events].sort((a, b) => (a.id < b.id ? -1 : 1));
}

const daysOf = (count: number) =>
  Array.from({ length: count }, (_, n) => `2026-${String((n % 12) + 1).padStart(2, "0")}-${10 + Math.trunc(n / 12)}`);

function versionsOf(day: string, count: number): readonly ReadingsRecorded[] {
  return Array.from({ length: count }, (_, n) => recordedEvent(day, n + 1));
}

const envelope = { specversion: "1.0", source: "bg-ingest", datacontenttype: "application/json" } as const;

function recordedEvent(day: string, version: number, readings = 1): ReadingsRecorded {
  const receivedAt = `${day}T12:00:${String(version % 60).padStart(2, "0")}Z`;
  const subject = `annacgm00001/${day}`;
  return {
    ...envelope,
    id: `${subject}/${version}`,
    subject,
    time: receivedAt,
    type: "bg.readings.recorded.v1",
    data: {
      user_id: "anna~ä".normalize("NFC"),
      provider: "mock",
      source: "annacgm00001",
      day,
      version,
      arrival: "live",
      received_at: receivedAt,
      readings: Array.from({ length: readings }, (_, minute) => readingAt(day, minute)),
    },
  };
}

function readingAt(day: string, minute: number): ReadingsRecorded["data"]["readings"][number] {
  const clock = `${String(Math.trunc(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
  return {
    timestamp: `${day}T${clock}:00Z`,
    glucose_mg_dl: 40 + (minute % 360),
    range_flag: minute % 7 === 0 ? { side: "below", bound_mg_dl: 40 } : null,
    trend: "steady",
    trend_rate_mg_dl_min: minute % 3 === 0 ? -0.3 : null,
    utc_offset_minutes: minute % 2 === 0 ? 345 : null,
    device: "sensor 7 »left arm«",
    previous_glucose_mg_dl: minute % 5 === 0 ? 41 : null,
  };
}

const connectionEvent: ConnectionChanged = {
  ...envelope,
  id: "annacgm00001/connection/7",
  subject: "annacgm00001/connection",
  time: "2026-03-01T12:00:00Z",
  type: "bg.connection.changed.v1",
  data: { user_id: "anna", provider: "mock", source: "annacgm00001", state: "needs_reconnect", reason: "The vendor asks for »consent«." },
};

const erasedEvent: BgEvent = {
  ...envelope,
  id: "annacgm00001/erased",
  subject: "annacgm00001/erased",
  time: "2026-03-01T12:00:00Z",
  type: "bg.user.erased.v1",
  data: { user_id: "anna", sources: ["annacgm00001", "annacgm00002"] },
};
