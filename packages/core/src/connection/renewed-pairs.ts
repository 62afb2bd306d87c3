import { err, ok, type Result } from "neverthrow";
import { uncancelled } from "../ports/call.ts";
import type { Checkpoint } from "../ports/checkpoint.ts";
import type { SealedSecrets, SourceKey } from "../ports/connection-store.ts";
import type { Logger } from "../ports/logger.ts";
import { MOST_ATTEMPTS } from "../ports/most-attempts.ts";
import type { StoreError } from "../ports/store-error.ts";
import type { SourceId } from "../reading/identifiers.ts";
import type { RefreshFailed } from "./refresh-failed.ts";
import { isSameBytes } from "./same-bytes.ts";
import { type HeldSecrets, type OpenedSecrets, openSealed, type SecretsDeps, type SourceSecrets } from "./secrets.ts";

interface RenewedPair {
  readonly secrets: SourceSecrets;
  readonly sealed: Uint8Array;
  /** What stood there when the renewal was claimed. */
  readonly over: SealedSecrets;
}

/** Renewed credentials on their way into the store. The vendor takes no older ones any more, so they are held until they are there. */
export interface RenewedPairs {
  /** Holds on to a pair until it is stored, or until it is of no use any more. */
  keep(source: SourceKey, pair: RenewedPair): void;
  /** Stores what is held for a source; `null` if nothing is. Answers what stands there then: ours, or what somebody else has stored since. */
  store(source: SourceKey): Promise<Result<OpenedSecrets | null, RefreshFailed>>;
  /** The sources for which a pair is held. */
  held(): readonly SourceKey[];
  drop(sourceId: SourceId): void;
}

export interface PairDeps extends SecretsDeps {
  readonly checkpoint: Checkpoint;
  readonly logger: Logger;
}

export function createRenewedPairs(deps: PairDeps): RenewedPairs {
  const pairs = new Map<SourceId, { readonly source: SourceKey; readonly pair: RenewedPair }>();
  const warned = new Set<SourceId>();

  function drop(sourceId: SourceId): void {
    pairs.delete(sourceId);
    warned.delete(sourceId);
  }

  async function store(source: SourceKey, pair: RenewedPair): Promise<Result<OpenedSecrets, RefreshFailed>> {
    const connected = await isConnected(deps, source);
    if (connected.isErr()) return err({ at: "store", error: connected.error });
    if (!connected.value) return err({ at: "gone" });
    let { version } = pair.over;
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      const written = await deps.connections.replaceSecrets(
        source,
        { sealed: pair.sealed, claim: null, version: version + 1 },
        uncancelled,
      );
      if (written.isErr()) return err({ at: "store", error: written.error });
      if (written.value.kind === "written") {
        deps.checkpoint("refresh.after_store");
        return ok({ ...pair.secrets, version: version + 1 });
      }
      const stored = await deps.connections.secretsOf(source, uncancelled);
      if (stored.isErr()) return err({ at: "store", error: stored.error });
      const { sealed = null, version: newest = 0 } = stored.value ?? {};
      if (sealed === null) return err({ at: "gone" });
      if (isSameBytes(sealed, pair.sealed)) return ok({ ...pair.secrets, version: newest });
      if (!isSameBytes(sealed, pair.over.sealed)) return theirs(source, { sealed, version: newest });
      // Somebody has claimed the renewal over ours: what it would spend is spent.
      version = newest;
    }
    return err({ at: "store", error: { kind: "retry", message: "The credentials are being claimed by others over and over." } });
  }

  /** The person has connected anew, or somebody else has renewed: what was renewed here is of no use to anybody. */
  async function theirs(source: SourceKey, stored: HeldSecrets): Promise<Result<OpenedSecrets, RefreshFailed>> {
    return openSealed(deps, source, stored);
  }

  function tell(sourceId: SourceId, stored: Result<OpenedSecrets, RefreshFailed>): void {
    if (stored.isErr() && stored.error.at === "store") {
      if (warned.has(sourceId)) return;
      warned.add(sourceId);
      const whatToDo =
        "They are kept in memory, and storing them is tried every second; if this process ends before the store is back, the person has to connect again.";
      deps.logger.warn(
        { source: sourceId, reason: stored.error.error.message },
        `The store does not take renewed credentials. ${whatToDo}`,
      );
    } else if (warned.has(sourceId))
      deps.logger.info({ source: sourceId }, "Renewed credentials that had to wait for the store are settled.");
  }

  return {
    keep: (source, pair) => void pairs.set(source.sourceId, { source, pair }),
    async store(source) {
      const held = pairs.get(source.sourceId);
      if (held === undefined) return ok(null);
      const stored = await store(source, held.pair);
      tell(source.sourceId, stored);
      const isOver = stored.isOk() || stored.error.at !== "store";
      if (isOver && pairs.get(source.sourceId) === held) drop(source.sourceId);
      return stored;
    },
    held: () => [...pairs.values()].map(({ source }) => source),
    drop,
  };
}

/** What was renewed for a source that was erased or disconnected meanwhile is not stored. */
async function isConnected({ connections }: SecretsDeps, { userId, sourceId }: SourceKey): Promise<Result<boolean, StoreError>> {
  const records = await connections.recordsOf(userId, uncancelled);
  return records.map((all) => all.some((record) => record.sourceId === sourceId && record.phase === "connected"));
}
