import { setTimeout as sleep } from "node:timers/promises";
import type { BgEvent, BusError } from "@bg-ingest/core";
import { createManualTime } from "@bg-ingest/core/testing";
import fc from "fast-check";
import type { Result } from "neverthrow";
import { describe, expect, it } from "vitest";
import { createConfirmedSender } from "../src/confirmed-sender.ts";
import { createLink } from "../src/link.ts";
import { createRabbitMqEventBus } from "../src/rabbitmq-event-bus.ts";
import { createFakeBroker, type Sent } from "./fake-amqp.ts";
import { calm, eventOf } from "./samples.ts";

const DEADLINE_MS = 10_000;

function busWith(inFlight = 256) {
  const broker = createFakeBroker();
  const time = createManualTime();
  const link = createLink({ connect: broker.connect, time, deadlineMs: DEADLINE_MS });
  const sender = createConfirmedSender({ link, time, deadlineMs: DEADLINE_MS, inFlight, setUp: (channel) => channel.prefetch(1) });
  const bus = createRabbitMqEventBus(sender, "bg.events");
  const publish = (events: readonly BgEvent[]) => {
    const answers: Result<void, BusError>[] = [];
    void bus.publish(events, calm).then((answer) => answers.push(answer));
    return answers;
  };
  return { broker, time, publish };
}

/** Whatever can happen without an answer has happened then. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await sleep(0);
}

const versionsOf = (source: string, count: number) => Array.from({ length: count }, (_, n) => eventOf(source, n + 1));
const placeOf = ({ body }: Sent): readonly [subject: string, version: number] => {
  const { data } = JSON.parse(body);
  return [data.source, data.version];
};

it("never has more in flight than the window holds, nor two of a subject, and sends each subject in order, whatever the order of confirmation", async () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(lengths, fc.integer({ min: 1, max: 8 }), fc.infiniteStream(fc.nat()), async (days, window, picks) => {
      const { broker, publish } = busWith(window);
      const answers = publish(days.flatMap((count, n) => versionsOf(`source${n}`, count)));
      const sent = new Map<string, number>();
      await settle();
      for (let left = days.reduce((sum, count) => sum + count, 0); left > 0; left--) {
        expect(answers).toEqual([]);
        expect(broker.open.length).toBeLessThanOrEqual(window);
        const subjects = broker.open.map((each) => placeOf(each)[0]);
        expect(new Set(subjects).size).toBe(subjects.length);
        const picked = broker.open[picks.next().value % broker.open.length] as Sent;
        const [subject, version] = placeOf(picked);
        expect(version).toBe((sent.get(subject) ?? 0) + 1);
        sent.set(subject, version);
        picked.ack();
        await settle();
      }
      expect(answers.map((answer) => answer.isOk())).toEqual([true]);
    }),
    { numRuns: 40 },
  );
});

it("lets a subject overtake another that is not confirmed", async () => {
  const { broker, publish } = busWith();
  const slow = publish(versionsOf("slow", 2));
  const quick = publish(versionsOf("quick", 2));
  await settle();
  for (let n = 0; n < 2; n++) {
    broker.open.find((sent) => placeOf(sent)[0] === "quick")?.ack();
    await settle();
  }
  expect([quick.length, slow.length]).toEqual([1, 0]);
});

it("sends mandatory, persistent CloudEvents by type and provider", async () => {
  const { broker, publish } = busWith();
  publish([eventOf("source0001", 1)]);
  await settle();
  expect(broker.open[0]).toMatchObject({
    routingKey: "bg.readings.recorded.v1.acme",
    properties: { mandatory: true, persistent: true, contentType: "application/cloudevents+json", messageId: "source0001/2026-03-01/1" },
  });
});

it("sends nothing more of a subject after one that failed, and answers the failure", async () => {
  for (const spoil of ["nack", "giveBack"] as const) {
    const { broker, publish } = busWith();
    const answers = publish(versionsOf("source0001", 3));
    await settle();
    broker.open[0]?.ack();
    await settle();
    broker.open[0]?.[spoil]();
    await settle();
    expect(broker.open).toEqual([]);
    expect(answers[0]?._unsafeUnwrapErr().kind).toBe("retry");
  }
});

it("tells one that was given back from others that were confirmed at the same time", async () => {
  const { broker, publish } = busWith();
  const lost = publish([eventOf("lost", 1)]);
  const kept = publish([eventOf("kept", 1)]);
  await settle();
  const [first, second] = [...broker.open];
  second?.ack();
  first?.giveBack();
  await settle();
  expect([lost[0]?.isErr(), kept[0]?.isOk()]).toEqual([true, true]);
  const again = publish([eventOf("lost", 1)]);
  await settle();
  broker.open[0]?.ack();
  await settle();
  expect([again[0]?.isOk(), broker.channels]).toEqual([true, 2]);
});

it("takes all that was in flight for unpublished when the connection is lost, and opens another one", async () => {
  const { broker, publish } = busWith();
  const answers = [publish([eventOf("a", 1)]), publish([eventOf("b", 1)])];
  await settle();
  broker.connections[0]?.emit("error", new Error("Unexpected close"));
  await settle();
  expect(answers.map(([answer]) => answer?._unsafeUnwrapErr().kind)).toEqual(["retry", "retry"]);
  publish([eventOf("a", 1)]);
  await settle();
  expect(broker.connections).toHaveLength(2);
});

it("gives up a confirmation that does not come, and the connection with it", async () => {
  const { broker, publish, time } = busWith();
  const answers = publish([eventOf("a", 1)]);
  await settle();
  time.pass(DEADLINE_MS - 1);
  await settle();
  expect(answers).toEqual([]);
  time.pass(1);
  await settle();
  expect(answers[0]?._unsafeUnwrapErr().kind).toBe("retry");
  publish([eventOf("a", 1)]);
  await settle();
  expect(broker.connections).toHaveLength(2);
});

describe("a confirmation that is late while others come in time", () => {
  /** One event that nobody confirms, and others that are confirmed before its time is over. */
  async function withOneLate(inFlight?: number) {
    const world = busWith(inFlight);
    const late = world.publish([eventOf("late", 1)]);
    await settle();
    const [unconfirmed] = world.broker.open as [Sent];
    await confirmAnother(world);
    world.time.pass(DEADLINE_MS - 1);
    const inTime = world.publish([eventOf("quick", 2)]);
    await settle();
    world.time.pass(1);
    await settle();
    return { ...world, late, unconfirmed, inTime };
  }

  async function confirmAnother({ broker, publish }: ReturnType<typeof busWith>): Promise<void> {
    const answers = publish([eventOf("quick", 1)]);
    await settle();
    broker.open.at(-1)?.ack();
    await settle();
    expect(answers.map((answer) => answer.isOk())).toEqual([true]);
  }

  it("makes its own event unpublished and no other; the connection and its channel stay", async () => {
    const { broker, late, inTime, publish } = await withOneLate();
    expect(late[0]?._unsafeUnwrapErr()).toMatchObject({ kind: "retry", retryAfterMs: expect.any(Number) });
    expect(inTime).toEqual([]);
    const again = publish([eventOf("late", 1)]);
    await settle();
    for (const sent of broker.open.slice(1)) sent.ack();
    await settle();
    expect([inTime[0]?.isOk(), again[0]?.isOk()]).toEqual([true, true]);
    expect([broker.connections.length, broker.channels]).toEqual([1, 1]);
  });

  it.each(["ack", "nack", "giveBack"] as const)("does no harm when it comes after all: %s", async (answer) => {
    const { broker, unconfirmed, inTime } = await withOneLate();
    unconfirmed[answer]();
    await settle();
    broker.open[0]?.ack();
    await settle();
    expect(inTime[0]?.isOk()).toBe(true);
    expect([broker.connections.length, broker.channels]).toEqual([1, 1]);
  });

  it("does not show that the connection is alive to those who wait for theirs in vain", async () => {
    const { broker, time, inTime, publish } = await withOneLate();
    time.pass(DEADLINE_MS);
    await settle();
    expect(inTime[0]?.isErr()).toBe(true);
    publish([eventOf("late", 1)]);
    await settle();
    expect(broker.connections).toHaveLength(2);
  });

  it("is not remembered without end: as many as may be in flight, and the channel is made anew on the same connection", async () => {
    const { time, ...world } = await withOneLate(2);
    const late = world.publish([eventOf("later", 1)]);
    await settle();
    const [, quick, later] = [...world.broker.open];
    expect([quick, later].map((sent) => sent && placeOf(sent)[0])).toEqual(["quick", "later"]);
    quick?.ack();
    await settle();
    time.pass(DEADLINE_MS);
    await settle();
    expect(late[0]?.isErr()).toBe(true);
    await confirmAnother({ time, ...world });
    expect([world.broker.connections.length, world.broker.channels]).toEqual([1, 2]);
  });
});

describe("what the client library throws", () => {
  it("for one message leaves the others, their channel and their connection alone, and quotes nothing of it", async () => {
    const { broker, publish } = busWith();
    const other = publish([eventOf("other", 1)]);
    await settle();
    broker.throws = new TypeError("Cannot encode s3cr3t");
    const odd = publish([eventOf("odd", 1)]);
    await settle();
    broker.throws = null;
    expect(odd[0]?._unsafeUnwrapErr().kind).toBe("stop");
    expect(JSON.stringify(odd)).not.toContain("s3cr3t");
    expect(other).toEqual([]);
    const next = publish([eventOf("odd", 2)]);
    await settle();
    for (const sent of [...broker.open]) sent.ack();
    await settle();
    expect([other[0]?.isOk(), next[0]?.isOk()]).toEqual([true, true]);
    expect([broker.connections.length, broker.channels]).toEqual([1, 1]);
  });

  it("because its channel is gone has another one opened, on the same connection", async () => {
    const { broker, publish } = busWith();
    broker.throws = Object.assign(new Error("Channel closed"), { name: "IllegalOperationError" });
    const lost = publish([eventOf("a", 1)]);
    await settle();
    broker.throws = null;
    expect(lost[0]?._unsafeUnwrapErr().kind).toBe("retry");
    const again = publish([eventOf("a", 1)]);
    await settle();
    broker.open[0]?.ack();
    await settle();
    expect([again[0]?.isOk(), broker.connections.length, broker.channels]).toEqual([true, 1, 2]);
  });
});

it("gives up a channel that is never opened", async () => {
  const { broker, publish, time } = busWith();
  broker.isSilent = true;
  const answers = publish([eventOf("a", 1)]);
  await settle();
  time.pass(DEADLINE_MS);
  await settle();
  expect(answers[0]?._unsafeUnwrapErr().kind).toBe("retry");
});

it("answers at once while the broker is blocked, sends nothing, and goes on when it is not", async () => {
  const { broker, publish } = busWith(1);
  const inFlight = publish([eventOf("a", 1)]);
  const waiting = publish([eventOf("b", 1)]);
  await settle();
  broker.connections[0]?.emit("blocked", "low on memory");
  await settle();
  const later = publish([eventOf("c", 1)]);
  await settle();
  for (const [answer] of [inFlight, waiting, later])
    expect(answer?._unsafeUnwrapErr()).toMatchObject({
      kind: "retry",
      retryAfterMs: expect.any(Number),
      message: expect.stringContaining("low on memory"),
    });
  expect(broker.open).toHaveLength(1);
  broker.open[0]?.ack();
  broker.connections[0]?.emit("unblocked");
  const again = publish([eventOf("a", 1)]);
  await settle();
  broker.open[0]?.ack();
  await settle();
  expect([again[0]?.isOk(), broker.connections.length]).toEqual([true, 1]);
});

it("waits for the client library's buffer to drain", async () => {
  const { broker, publish } = busWith();
  broker.hasRoom = false;
  for (const source of ["a", "b", "c"]) publish([eventOf(source, 1)]);
  await settle();
  const before = broker.open.length;
  broker.hasRoom = true;
  broker.drain();
  await settle();
  expect([before, broker.open.length]).toEqual([1, 3]);
});

it("does not wait for a buffer whose connection is gone", async () => {
  const { broker, publish } = busWith();
  broker.hasRoom = false;
  publish([eventOf("a", 1)]);
  await settle();
  const waiting = publish([eventOf("b", 1)]);
  await settle();
  broker.connections[0]?.emit("close");
  await settle();
  expect(waiting[0]?.isErr()).toBe(true);
});
