import { keeps, same } from "../promise.ts";
import { calm, instantAt } from "../samples.ts";
import type { ConnectionCases } from "./connection-cases.ts";
import { count, keep, otherSource, otherUser, pageOf, setAsideAt, source, walk } from "./store-questions.ts";

export const setAsideCases: ConnectionCases = {
  "a record set aside comes back as it was": async ({ port, restarted }) => {
    const kept = [
      setAsideAt(2, { at: null, detail: "", record: `{"odd":"»\u2028\\u0000"}` }),
      setAsideAt(1, { at: instantAt(-5), record: "x".repeat(4096) }),
    ];
    await keep(port, kept);
    same("every field, newest first", await pageOf(port), { records: kept, next: null });
    same("after a restart too", await pageOf(await restarted()), { records: kept, next: null });
  },
  "the same record is kept once, with its first time": async ({ port }) => {
    await keep(port, [setAsideAt(1)]);
    await keep(port, [setAsideAt(1, { setAsideAt: instantAt(900), reason: "other", detail: "other" }), setAsideAt(2), setAsideAt(2)]);
    same("what was kept first stands", (await pageOf(port)).records, [setAsideAt(2), setAsideAt(1)]);
    same("and is counted once", await count(port), 2);
  },
  "many who set the same aside keep it once": async ({ port }) => {
    await Promise.all(Array.from({ length: 20 }, () => keep(port, [setAsideAt(1), setAsideAt(2), setAsideAt(3)])));
    same("three records", await count(port), 3);
  },
  "nothing to set aside is fine": async ({ port }) => {
    await keep(port, []);
    same("nothing is kept", await pageOf(port), { records: [], next: null });
  },
  "pages give every record once, newest first": async ({ port }) => {
    const all = Array.from({ length: 57 }, (_, n) => setAsideAt(n, { setAsideAt: instantAt(1000 + Math.floor(n / 5)) }));
    for (let from = 0; from < all.length; from += 10) await keep(port, all.slice(from, from + 10));
    for (const limit of [1, 7, 19, 57, 100]) {
      const pages = await walk(port, limit);
      keeps(
        "no page is longer than its limit",
        pages.every((page) => page.length <= limit),
        pages.map((page) => page.length).join(" "),
      );
      const found = pages.flat();
      same("each record once", found.map(({ key }) => key).sort(), all.map(({ key }) => key).sort());
      const times = found.map(({ setAsideAt }) => setAsideAt);
      same(
        "newest first",
        times,
        [...times].sort((a, b) => b - a),
      );
    }
  },
  "records that arrive between pages shift none": async ({ port }) => {
    const first = Array.from({ length: 20 }, (_, n) => setAsideAt(n, { setAsideAt: instantAt(1000 + (n >> 1)) }));
    await keep(port, first);
    let arrived = 0;
    const pages = await walk(port, 3, () => keep(port, [setAsideAt(500 + arrived, { setAsideAt: instantAt(1009 + arrived++) })]));
    const found = pages.flat().map(({ key }) => key);
    same("no record is shown twice", found.length, new Set(found).size);
    same(
      "none that stood before is missed",
      first.filter(({ key }) => !found.includes(key)),
      [],
    );
  },
  "an unreadable page mark is answered with stop": async ({ port }) => {
    await keep(port, [setAsideAt(1)]);
    for (const after of ["", "nonsense", "1e9", "-1", "9".repeat(400), "' OR 1=1 --"]) {
      const answer = await port.setAsideOf(source, { limit: 5, after }, calm);
      same(`the mark ${after.slice(0, 20)}`, answer.isErr() ? answer.error.kind : "a page", "stop");
    }
  },
  "what is set aside belongs to one source of one user": async ({ port }) => {
    await keep(port, [setAsideAt(1), setAsideAt(2)]);
    await keep(port, [setAsideAt(1)], otherUser);
    same("another source has none", [await count(port, otherSource), (await pageOf(port, otherSource)).records.length], [0, 0]);
    same("another user has their own", [await count(port, otherUser), (await pageOf(port, otherUser)).records.length], [1, 1]);
    same("the first keeps its own", await count(port), 2);
  },
};
