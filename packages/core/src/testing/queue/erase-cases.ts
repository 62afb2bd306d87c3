import { good, same } from "../promise.ts";
import { annaCgm, calm, deliveryOf } from "../samples.ts";
import { createGates } from "./gates.ts";
import type { QueueCases } from "./queue-cases.ts";
import { bertsCgm, depth, done, enqueue, HOUR_MS, unreadable } from "./queue-questions.ts";
import { consume } from "./worker.ts";

export const eraseCases: QueueCases = {
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
