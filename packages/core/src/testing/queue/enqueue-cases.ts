import { keeps, same } from "../promise.ts";
import { abortedCall, annaCgm, bytesOf, deliveryOf, instantAt, providerOf, sourceOf, userOf } from "../samples.ts";
import type { QueueCases } from "./queue-cases.ts";
import { bertsCgm, byId, depth, enqueue, HOUR_MS } from "./queue-questions.ts";
import { consume } from "./worker.ts";

export const enqueueCases: QueueCases = {
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
