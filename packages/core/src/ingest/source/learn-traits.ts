import { openStored } from "../../connection/refresher.ts";
import type { Call } from "../../ports/call.ts";
import type { LoadedProvider } from "../../ports/loaded-provider.ts";
import type { IngestDeps } from "./ingest-deps.ts";
import { writeRecord } from "./record-writes.ts";
import type { SourceState } from "./source-state.ts";

/**
 * Has the record say how the provider behaves towards this connection. What the credentials say is looked up once by each owner: the
 * connection may be older than that is noted, or the provider may know better by now. Where they cannot be had, the next turn tries again.
 */
export async function learnTraits(deps: IngestDeps, state: SourceState, { traitsOf }: LoadedProvider, call: Call): Promise<void> {
  if (traitsOf === undefined || state.areTraitsKnown) return;
  const { phaseSince } = state.record;
  const opened = await openStored(deps, state.record, call);
  if (opened.isErr()) return;
  const traits = traitsOf(opened.value.credentials);
  const written = await writeRecord(
    deps,
    state,
    // Whoever has connected anew meanwhile has said it of other credentials.
    (record) => (record.phaseSince !== phaseSince || isSame(record.traits, traits) ? record : { ...record, traits }),
    call,
  );
  state.areTraitsKnown = written.isOk();
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
