import { keeps, same } from "../../src/testing/promise.ts";
import { anna } from "../ingest-bench.ts";
import { type Races, recordOf } from "./races.ts";

/** What the events say in the end is how it is. */
export async function checkTold(races: Races): Promise<void> {
  const record = await recordOf(races, anna);
  const told = lastTold(races);
  const erased = erasedSources(races);
  for (const [source, state] of told) {
    if (source === races.bensSource) continue;
    if (record?.sourceId === source)
      same("the last that is told is how it is", state, record.phase === "connected" ? record.health.kind : record.phase);
    else keeps("of a source that is no more the end is told", erased.has(source), source);
  }
  if (record?.phase === "connected" || record?.phase === "disconnected")
    keeps("how a source is is told", told.has(record.sourceId), record.sourceId);
  for (const source of erased) keeps("nobody's end is told who lives", source !== record?.sourceId, source);
}

/** By source, the state with the highest version, whatever came in between. */
function lastTold({ bus }: Races): ReadonlyMap<string, string> {
  const told = new Map<string, { readonly version: number; readonly state: string }>();
  for (const event of bus.taken) {
    if (event.type !== "bg.connection.changed.v1") continue;
    const { source, state } = event.data;
    const version = Number(event.id.split("/").at(-1));
    if (version >= (told.get(source)?.version ?? 0)) told.set(source, { version, state });
  }
  return new Map([...told].map(([source, { state }]) => [source, state]));
}

function erasedSources({ bus }: Races): ReadonlySet<string> {
  return new Set(bus.taken.flatMap((event) => (event.type === "bg.user.erased.v1" ? event.data.sources : [])));
}
