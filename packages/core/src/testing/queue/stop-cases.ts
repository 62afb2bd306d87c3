import { keeps, same } from "../promise.ts";
import { deliveryOf } from "../samples.ts";
import { createGates } from "./gates.ts";
import type { QueueCases } from "./queue-cases.ts";
import { depth, done, drained, enqueue } from "./queue-questions.ts";
import { consume } from "./worker.ts";

export const stopCases: QueueCases = {
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
