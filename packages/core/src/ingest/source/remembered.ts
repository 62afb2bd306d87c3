import type { SourceHealth, SourceRecord } from "../../ports/source-record.ts";
import type { Instant } from "../../reading/instant.ts";
import type { IngestDeps } from "./ingest-deps.ts";
import type { SourceState } from "./source-state.ts";

export interface KnownSource {
  /** As stored, but for what is known here of its last refusal. */
  readonly record: SourceRecord;
  readonly newest: Instant | null;
}

export interface RememberedSource {
  readonly newest: Instant | null;
  readonly lastCommitAt: Instant | null;
  /** When the provider last gave a good answer here. */
  readonly lastGoodAt: Instant | null;
  readonly nextAttemptAtMs: number | null;
  readonly failures: number;
  /** How it was refused last; `null` while all is well. */
  readonly health: SourceHealth | null;
}

export function knownOf(state: SourceState): KnownSource {
  const { record, newest } = state;
  const health = setbackHealth(state);
  return { record: health === null || record.phase !== "connected" ? record : { ...record, health }, newest };
}

export function rememberedOf(deps: Pick<IngestDeps, "clock">, state: SourceState | undefined): RememberedSource | null {
  if (state === undefined) return null;
  const { newest, lastCommitAt, lastGoodAt, live } = state;
  const waitMs = live.notBeforeMs - deps.clock.monotonicMs();
  return {
    health: setbackHealth(state),
    newest,
    lastCommitAt,
    lastGoodAt,
    failures: live.failures,
    nextAttemptAtMs: waitMs > 0 ? deps.clock.nowMs() + waitMs : state.nextPollAtMs,
  };
}

function setbackHealth({ setback, record }: SourceState): SourceHealth | null {
  return setback?.phaseSince === record.phaseSince ? setback.health : null;
}
