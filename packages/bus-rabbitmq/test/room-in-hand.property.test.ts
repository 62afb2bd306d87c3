import { createManualTime } from "@bg-ingest/core/testing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createRoom } from "../src/room-in-hand.ts";

const MOST_BYTES = 1_000;

/** A queue that is worked on from its front while all that is asked for is in hand. Answers the most that ever was, and how often all was given back. */
function consume(sizes: readonly number[]) {
  const room = createRoom(MOST_BYTES, createManualTime());
  let next = 0;
  let mostAtOnce = { bytes: 0, count: 0 };
  let given = 0;
  while (next < sizes.length) {
    const inHand = room.begin();
    const held: number[] = [];
    let to = next;
    for (let hasRoom = true; hasRoom && next < sizes.length; ) {
      if (to < sizes.length && held.length < room.most()) {
        hasRoom = inHand.take(to, sizes[to] as number);
        if (hasRoom) held.push(sizes[to++] as number);
        const bytes = held.reduce((sum, size) => sum + size, 0);
        if (bytes > mostAtOnce.bytes) mostAtOnce = { bytes, count: held.length };
      } else {
        inHand.release(next++);
        held.shift();
      }
    }
    given++;
  }
  return { mostAtOnce, given };
}

it("never holds more bytes than there is room for, or one message that is larger, and comes to the end of any queue", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1_500 }), { maxLength: 200 }), (sizes) => {
      const { mostAtOnce, given } = consume(sizes);
      expect(mostAtOnce.bytes <= MOST_BYTES || mostAtOnce.count === 1).toBe(true);
      expect(given).toBeLessThanOrEqual(1 + new Set(sizes).size);
    }),
  );
});

it("of small messages a thousand are in hand, and of large ones as many as fit", () => {
  const room = createRoom(MOST_BYTES, createManualTime());
  expect(room.most()).toBe(1_000);
  const inHand = room.begin();
  for (let tag = 1; tag <= 5; tag++) expect(inHand.take(tag, 190)).toBe(true);
  expect(inHand.take(6, 100)).toBe(false);
  expect(room.most()).toBe(5);
});

it("asks for a thousand again once half of the room is free", () => {
  const room = createRoom(MOST_BYTES, createManualTime());
  const first = room.begin();
  first.take(1, 600);
  expect(first.take(2, 600)).toBe(false);
  expect(room.most()).toBe(1);
  const second = room.begin();
  second.take(1, 600);
  expect(second.isToBeRenewed()).toBe(false);
  second.release(1);
  expect([second.isToBeRenewed(), room.most(), second.isToBeRenewed()]).toEqual([true, 1_000, false]);
});

it("gives back what has grown old", () => {
  const time = createManualTime();
  const inHand = createRoom(MOST_BYTES, time).begin();
  inHand.take(1, 10);
  time.pass(599_999);
  inHand.take(2, 10);
  expect(inHand.isToBeRenewed()).toBe(false);
  time.pass(1);
  expect(inHand.isToBeRenewed()).toBe(true);
  inHand.release(1);
  expect(inHand.isToBeRenewed()).toBe(false);
});
