import { CHECKPOINTS } from "@bg-ingest/core";
import type { Figure, Found } from "../harness/figure.ts";
import { atMost } from "../harness/finding.ts";

/** The service's own crash test, which its tests run with few kills. Named here as text, for nothing that ships imports a test. */
const KILL_LOOP = "../../../packages/http-host/test/kill/kill-loop.ts";

interface KillLoopModule {
  runKillLoop(options: {
    readonly killsPerPoint: number;
    readonly randomKills: number;
    readonly seed: string;
    readonly progress: (line: string) => void;
  }): Promise<KillReport>;
}

interface KillReport {
  readonly kills: Readonly<Record<string, number>>;
  readonly readings: number;
  readonly events: number;
  readonly repeats: number;
  readonly erased: number;
  readonly lost: readonly string[];
  readonly wrong: readonly string[];
  readonly unpublished: readonly string[];
  readonly tooManyRepeats: readonly string[];
  readonly cameBack: readonly string[];
}

/** One kill in ten comes at no point in particular. */
const SHARE_ANYWHERE = 0.1;

/** A real process, killed again and again at every named point. Runs only when a number of loops is given: each takes seconds. */
export const killLoop: Figure = {
  name: "kill-loop",
  async measure({ loops }) {
    if (loops === 0) return { leftOut: "It takes seconds a kill, so it runs only when told how often: --loops 1000." };
    const { runKillLoop } = (await import(KILL_LOOP)) as KillLoopModule;
    const killsPerPoint = Math.max(1, Math.floor((loops * (1 - SHARE_ANYWHERE)) / CHECKPOINTS.length));
    const randomKills = Math.max(1, loops - killsPerPoint * CHECKPOINTS.length);
    const report = await runKillLoop({ killsPerPoint, randomKills, seed: "bench", progress: (line) => console.error(line) });
    const kills = Object.values(report.kills).reduce((sum, each) => sum + each, 0);
    const note = `${report.readings} readings, ${report.events} events, ${report.repeats} of them repeats`;
    const what = `after ${kills} kills, ${killsPerPoint} and more at each of ${CHECKPOINTS.length} points:`;
    return [
      none(`${what} readings that the source has and the store has not`, report.lost, note),
      none(`${what} readings that the store has and the source has not, or otherwise`, report.wrong, note),
      none(`${what} commits whose event never went out`, report.unpublished, note),
      none(`${what} lives with more repeats than there were commits to repeat`, report.tooManyRepeats, note),
      none(`${what} people who were erased and came back`, report.cameBack, `${report.erased} erased`),
    ];
  },
};

function none(what: string, found: readonly string[], note: string): Found {
  return {
    what,
    value: found.length,
    unit: "",
    target: atMost(0),
    note: found.length === 0 ? note : `${note}: ${found.slice(0, 3).join(", ")}`,
  };
}
