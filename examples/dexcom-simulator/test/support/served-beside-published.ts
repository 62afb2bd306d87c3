import type { PublishedRecord } from "../../src/index.ts";
import type { SimulatedService } from "./simulated-service.ts";

/** A service and the vendor before which it stands. */
type Beside = Pick<SimulatedService, "simulator" | "get" | "now">;

export interface ServedReading {
  readonly timestamp: string;
  readonly glucose_mg_dl: number;
  readonly range_flag: "below" | "above" | null;
  readonly received_at: string;
  readonly revision: number;
}

/** Instants of readings. */
interface Differences {
  /** Shown by the vendor and not served. */
  readonly missing: readonly string[];
  /** Served otherwise than the vendor ever showed it. */
  readonly wrong: readonly string[];
  readonly neverPublished: readonly string[];
  readonly twice: readonly string[];
}

export const NO_DIFFERENCES: Differences = { missing: [], wrong: [], neverPublished: [], twice: [] };

const DAY = 86_400;

/** All that is served of somebody, beside all that the vendor has shown of them until `shownAt`, in seconds since the epoch. */
export async function differences(beside: Beside, user: string, shownAt: number): Promise<Differences> {
  const readings = await servedOf(beside, user);
  const served = new Map(readings.map((each) => [secondsOf(each.timestamp), `${each.range_flag ?? each.glucose_mg_dl}`]));
  const published = Map.groupBy(beside.simulator.published(user), ({ at }) => at);
  const seen = beside.simulator.published(user, { asOf: shownAt });
  const due = [...Map.groupBy(seen, ({ at }) => at)].filter(([, records]) => records.every((record) => reading(record) !== null));
  const possible = (at: number) => published.get(at)?.map(reading) ?? [];
  return {
    missing: due.filter(([at]) => !served.has(at)).map(([at]) => iso(at)),
    wrong: [...served]
      .filter(([at, value]) => published.has(at) && !isPossible(value, possible(at)))
      .map(([at, value]) => `${iso(at)} ${value}, not ${possible(at)}`),
    neverPublished: [...served.keys()].filter((at) => !published.has(at)).map(iso),
    twice: repeated(readings.map(({ timestamp }) => timestamp)),
  };
}

/** Everything of a person, nothing hidden. */
export async function servedOf({ simulator, get, now }: Beside, user: string): Promise<readonly ServedReading[]> {
  const account = simulator.users.find(({ name }) => name === user);
  if (account === undefined) throw new Error(`There is no ${user}.`);
  const readings: ServedReading[] = [];
  const end = now() + DAY;
  for (let start = account.from; start < end; start += 300 * DAY) {
    const to = Math.min(end, start + 300 * DAY);
    readings.push(...(await get<ServedReading[]>(`/api/bg/${user}?from=${iso(start)}&to=${iso(to)}&detail=full&view=all`)));
  }
  return readings;
}

export const iso = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;

export const secondsOf = (timestamp: string): number => Date.parse(timestamp) / 1000;

/** What a record says by now; `null`: no reading is in it. */
function reading({ versions }: PublishedRecord): string | null {
  const { mgdl, flag } = versions.at(-1) ?? { mgdl: null, flag: null };
  return mgdl === null ? null : `${flag ?? mgdl}`;
}

/** Where the last version holds no reading any more, the one before it stands. */
function isPossible(value: string, says: readonly (string | null)[]): boolean {
  return says.includes(value) || says.includes(null);
}

function repeated(texts: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return texts.filter((text) => seen.size === seen.add(text).size);
}
