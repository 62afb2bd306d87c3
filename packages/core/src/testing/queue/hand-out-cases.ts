import { same } from "../promise.ts";
import { annaCgm, deliveryOf, sourceOf } from "../samples.ts";
import type { QueueCases } from "./queue-cases.ts";
import { depth, done, drained, enqueue } from "./queue-questions.ts";
import { consume } from "./worker.ts";

export const handOutCases: QueueCases = {
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
