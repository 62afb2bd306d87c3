import { fork } from "node:child_process";
import { join } from "node:path";
import type { Figure } from "../harness/figure.ts";
import { atMost } from "../harness/finding.ts";
import { withScratch } from "../stage/scratch.ts";
import type { TownPlan, TownResult } from "../town/town-result.ts";

/** A day of a town, in a process of its own: what it keeps in memory is its own. */
export const tenThousandUsers: Figure = {
  name: "ten-thousand-users",
  async measure({ isQuick }) {
    const size = isQuick ? { people: 500, hours: 6 } : { people: 10_000, hours: 24 };
    const town = await watch({ ...size, isProfiled: false });
    const profiled = await watch({ people: Math.min(size.people, 2_000), hours: 3, isProfiled: true });
    const label = `${size.people} users polled every 15 min for ${size.hours} simulated hours`;
    const { polls, seconds, made, stored, published, wrong } = town;
    const perSecond = polls / seconds;
    return [
      { what: `${label}: polls missed`, value: town.missed, unit: "", target: atMost(0), note: `${polls} polls` },
      {
        what: `${label}: users whose readings at the end are not exactly those made`,
        value: wrong,
        unit: "",
        target: atMost(0),
        note: `${made} made, ${stored} stored, ${published} published`,
      },
      {
        what: `${label}: resident memory, at its peak`,
        value: town.peakMebibytes,
        unit: "MiB",
        target: atMost(400),
        note: "the simulated vendor included; the heap ends at 160 MiB and a young generation of 48",
      },
      {
        what: `${label}: polls per second of the clock on the wall`,
        value: perSecond,
        unit: "",
        target: null,
        note: `${Math.round(1e6 / perSecond)} µs each, ${((size.hours * 3_600) / seconds).toFixed(0)} × real time: ${profiled.places
          .map(({ name, share }) => `${name} ${(100 * share).toFixed(0)} %`)
          .join(", ")}`,
      },
    ];
  },
};

/**
 * A day passes in minutes: garbage comes some hundred times as fast as it would, and V8, which has no reason to be frugal on a large machine,
 * lets it lie. So the heap is given an end. Were more than this needed, the town would die of it.
 */
const HEAP = ["--max-old-space-size=160", "--max-semi-space-size=16"];

function watch(size: Omit<TownPlan, "directory">): Promise<TownResult> {
  return withScratch(
    (directory) =>
      new Promise((resolve, reject) => {
        const child = fork(join(import.meta.dirname, "../town/main.ts"), { execArgv: [...process.execArgv, ...HEAP] });
        child.once("message", (result) => resolve(result as TownResult));
        child.once("exit", (code) => reject(new Error(`The town ended with ${code} before it told its result.`)));
        const plan: TownPlan = { directory, ...size };
        child.send(plan);
      }),
  );
}
