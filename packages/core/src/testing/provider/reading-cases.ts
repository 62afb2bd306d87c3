import { FUTURE_TOLERANCE_SECONDS } from "../../normalize/normalize.ts";
import { addSeconds, type Span } from "../../reading/instant.ts";
import { broken, keeps, same } from "../promise.ts";
import { abortedCall } from "../samples.ts";
import { type Fetched, type Fetcher, fetchWindow } from "./fetched.ts";
import type { Stage } from "./stage.ts";
import { before, type StagedCases } from "./staged-case.ts";
import { bringsReadings, hasInstants, holdsTruth, matches, says, truthOf } from "./truth-held.ts";
import type { ShownReading } from "./vendor-world.ts";
import { connect } from "./ways.ts";

/** What is promised of windows and their pages, by `poll` and by `backfill`. */
export function readingCases(fetcher: Fetcher): StagedCases {
  const ask = async (stage: Stage, window: Span = stage.world.window) => {
    const { credentials } = await connect(stage);
    return fetchWindow(stage, fetcher, { window, credentials });
  };
  return {
    [`${fetcher}: the pages of a window together hold exactly what the vendor shows of it`]: before("two_pages", async (stage) => {
      await truthOf(stage);
      await stage.world.begin();
      await holdsTruth(stage, "every reading that is shown, once, with its instant in UTC, its value and its flag", await ask(stage));
    }),
    [`${fetcher}: windows that touch leave nothing out between them`]: before("well", async (stage) => {
      const shown = await truthOf(stage);
      const { window } = stage.world;
      for (const { at } of [shown[1], shown.at(-2)].filter((each) => each !== undefined)) {
        for (const cut of [at, addSeconds(at, 1)]) {
          const older = await ask(stage, { from: window.from, to: cut });
          const newer = await ask(stage, { from: cut, to: window.to });
          const both = { ...older, readings: [...older.readings, ...newer.readings], error: older.error ?? newer.error };
          hasInstants(stage, "a window begins with its `from` and ends before its `to`, to the second", both, shown);
        }
      }
    }),
    [`${fetcher}: a window as wide as declared, that ends ten minutes ahead, is answered`]: before("well", async (stage) => {
      const to = addSeconds(stage.now(), FUTURE_TOLERANCE_SECONDS);
      const window = { from: addSeconds(to, -stage.traits.maxWindowSeconds), to };
      const shown = await stage.world.shown(window);
      hasInstants(stage, `a window of maxWindowSeconds (${to - window.from} s) is answered in full`, await ask(stage, window), shown);
    }),
    [`${fetcher}: each page costs one request at most`]: before("two_pages", async (stage) => {
      await stage.world.begin();
      const { mostRequestsForAPage } = await ask(stage);
      const promised = "each step of the iterator is at most one request: the host has reserved one";
      keeps(promised, mostRequestsForAPage <= 1, `one step took ${mostRequestsForAPage}`);
    }),
    [`${fetcher}: nothing comes after the page that is said to be the last`]: before("two_pages", async (stage) => {
      await stage.world.begin();
      const { cameAfterEnd } = await ask(stage);
      keeps("isLast is said of the last page alone: a host asks for no other", cameAfterEnd === null, cameAfterEnd ?? "");
    }),
    [`${fetcher}: no readings is an answer without readings, not an error`]: before("no_data", async (stage) => {
      const { credentials } = await connect(stage);
      await stage.world.begin();
      const shown = await stage.world.shown(stage.world.window);
      same('world("no_data") shows nothing once it has begun', shown.length, 0);
      await holdsTruth(stage, "nothing is nothing", await fetchWindow(stage, fetcher, { window: stage.world.window, credentials }));
    }),
    [`${fetcher}: what appears late is there when its window is asked again`]: before("late_data", async (stage) => {
      const { appeared, again } = await asksAgain(stage, fetcher, newlyShown);
      hasInstants(stage, "late data appear when they are asked for again", again, appeared);
    }),
    [`${fetcher}: what was revised says the new value when it is asked again`]: before("revised", async (stage) => {
      const { appeared, again } = await asksAgain(stage, fetcher, revised);
      says(stage, "a revised reading says its new value when it is asked for again", again, appeared);
    }),
    [`${fetcher}: a record that nobody can read is set aside with a reason, and costs no other`]: before(
      "garbage_record",
      async (stage) => {
        const { credentials } = await connect(stage);
        await stage.world.begin();
        const shown = await truthOf(stage);
        const { window } = stage.world;
        const fetched = await fetchWindow(stage, fetcher, { window, credentials });
        if (fetched.error !== null) broken("one bad record never loses a page", `it answered ${saidBy(fetched)}`);
        const setAside = matches(stage, "one bad record loses nobody else", fetched, shown, window);
        keeps("the bad record is handed over, in `rejected` or as it came", setAside.length > 0, "nothing was set aside: it is lost");
        const isKept = setAside.every(({ record, detail }) => record !== undefined && detail !== "");
        keeps("with the record itself and why it was refused", isKept, "one came without");
      },
    ),
    [`${fetcher}: called off before it began, it answers an error`]: before("well", async (stage) => {
      const { credentials } = await connect(stage);
      const { error } = await fetchWindow(stage, fetcher, { window: stage.world.window, credentials }, abortedCall());
      keeps("an aborted signal is answered by an Err", error !== null, "it answered as if the window had been read");
    }),
  };
}

type Changed = (before: readonly ShownReading[], after: readonly ShownReading[]) => readonly ShownReading[];

const newlyShown: Changed = (before, after) => {
  const known = new Set(before.map(({ at }) => at));
  const newest = before.at(-1)?.at ?? -Infinity;
  return after.filter(({ at }) => !known.has(at) && at < newest);
};

const revised: Changed = (before, after) => {
  const known = new Map(before.map(({ at, glucose }) => [at, JSON.stringify(glucose)]));
  return after.filter(({ at, glucose }) => known.has(at) && known.get(at) !== JSON.stringify(glucose));
};

/** Asks before and after, which may be days later; answers what has changed in the truth meanwhile, and what came the second time. */
async function asksAgain(stage: Stage, fetcher: Fetcher, changed: Changed) {
  const { world } = stage;
  const { credentials } = await connect(stage);
  const earlier = await truthOf(stage);
  bringsReadings("before, readings came", await fetchWindow(stage, fetcher, { window: world.window, credentials }));
  await world.begin();
  const shown = await truthOf(stage);
  const appeared = changed(earlier, shown);
  const promised = `once begun, world("${stage.situation}") shows in its window what the situation says`;
  keeps(promised, appeared.length > 0, `it showed ${earlier.length} readings and then ${shown.length}, nothing of the kind among them`);
  const { credentials: later } = await connect(stage);
  return { appeared, again: await fetchWindow(stage, fetcher, { window: world.window, credentials: later }) };
}

function saidBy({ error }: Fetched): string {
  return error === null ? "no error" : `${error.kind}: ${error.message}`;
}
