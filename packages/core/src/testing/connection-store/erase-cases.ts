import { good, same } from "../promise.ts";
import { calm, recordOf } from "../samples.ts";
import type { ConnectionCases } from "./connection-cases.ts";
import {
  conflict,
  count,
  keep,
  otherSource,
  otherUser,
  pageOf,
  recordsOf,
  replace,
  seal,
  secretsOf,
  setAsideAt,
  source,
} from "./store-questions.ts";

export const eraseCases: ConnectionCases = {
  "erasing a source takes its credentials and what was set aside, and leaves its record": async ({ port, restarted }) => {
    await replace(port, recordOf({ phase: "erased" }), 0);
    for (const key of [source, otherSource, otherUser]) {
      await seal(port, 1, 1, key);
      await keep(port, [setAsideAt(1), setAsideAt(2)], key);
    }
    good("eraseSource works", await port.eraseSource(source, calm));
    const later = await restarted();
    same("no credentials", await secretsOf(later), null);
    same("nothing set aside", [await count(later), (await pageOf(later)).records.length], [0, 0]);
    same(
      "the tombstone stays",
      (await recordsOf(later)).map(({ phase }) => phase),
      ["erased"],
    );
    for (const key of [otherSource, otherUser]) {
      same("others keep their credentials", (await secretsOf(later, key))?.version, 1);
      same("others keep what was set aside", await count(later, key), 2);
    }
  },
  "a refresh in flight brings no erased credentials back": async ({ port }) => {
    await seal(port, 1, 1);
    good("eraseSource works", await port.eraseSource(source, calm));
    same("over a version that is gone", await seal(port, 2, 2), conflict);
    same("they stay gone", await secretsOf(port), null);
  },
  "erasing what is not there is fine": async ({ port }) => {
    good("eraseSource works", await port.eraseSource(source, calm));
    await seal(port, 1, 1);
    good("eraseSource works again", await port.eraseSource(source, calm));
    good("and once more", await port.eraseSource(source, calm));
  },
};
