import { createReadingQueries, type Instant, type Span } from "@bg-ingest/core";
import type { MockWorld } from "@bg-ingest/provider-mock";
import type { SqliteStore } from "@bg-ingest/store-sqlite";
import { untilDone } from "../stage/call.ts";
import type { Inhabitant } from "./settle.ts";

export interface Census {
  readonly made: number;
  readonly stored: number;
  readonly wrong: number;
}

/** Holds what is stored of everybody against what their sensors made. `spanOf`: what a person's last poll can have brought. */
export async function takeCensus(
  store: SqliteStore,
  world: MockWorld,
  inhabitants: readonly Inhabitant[],
  spanOf: (inhabitant: Inhabitant) => Span,
): Promise<Census> {
  const queries = createReadingQueries(store);
  let [made, stored, wrong] = [0, 0, 0];
  for (const inhabitant of inhabitants) {
    const truth = world.records(inhabitant.account, spanOf(inhabitant)).map(({ at, value }) => `${at} ${value}`);
    const found = await readingsOf(queries, inhabitant);
    made += truth.length;
    stored += found.length;
    if (truth.length !== found.length || truth.some((each, i) => each !== found[i])) wrong++;
  }
  return { made, stored, wrong };
}

const ALWAYS: Span = { from: 1_600_000_000 as Instant, to: 1_900_000_000 as Instant };

async function readingsOf(queries: ReturnType<typeof createReadingQueries>, { userId }: Inhabitant): Promise<readonly string[]> {
  const series = await queries.range(userId, ALWAYS, { view: "all", sourceId: null, asOf: null }, untilDone);
  const found: string[] = [];
  for (const run of series._unsafeUnwrap().runs) {
    const { day, timeline, versions } = run._unsafeUnwrap();
    for (const version of versions) found.push(`${day * 86_400 + (timeline.second[version] as number)} ${timeline.mgdl[version]}`);
  }
  return found;
}
