import type { Delivery } from "../../ports/work-queue.ts";
import { keeps, same } from "../promise.ts";
import { annaCgm, bytesOf, deliveryOf, instantAt, sourceOf } from "../samples.ts";
import type { QueueCases } from "./queue-cases.ts";
import { bertsCgm, byId, carlsCgm, depth, done, drained, enqueue, HOUR_MS, ofSomebodyElse, unreadable } from "./queue-questions.ts";
import type { LetterSetApart } from "./queue-under-test.ts";
import { consume } from "./worker.ts";

export const verdictCases: QueueCases = {
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
