import { type CallBy, type ConnectionStore, type LoadedProviders, type Logger, parseProviderName, parseUserId } from "@bg-ingest/core";
import type { Demo } from "../host-parts.ts";
import type { ConnectionUseCases } from "../http/http-deps.ts";
import type { DemoNote } from "./demo-note.ts";

export interface ConnectDemoDeps {
  readonly providers: LoadedProviders;
  readonly store: Pick<ConnectionStore, "recordsOf">;
  readonly connections: Pick<ConnectionUseCases, "connect">;
  readonly note: DemoNote;
  /** Whether somebody set `DEMO`: who never asked for a demonstration misses none. */
  readonly isAskedFor: boolean;
  readonly logger: Logger;
}

/**
 * Connects the demonstration's person, unless that person was ever connected, and be it erased since: of somebody erased the store keeps
 * nothing in the end. A failure keeps nothing from starting. Answers whether there is such a person now.
 */
export async function connectDemo(demo: Demo, deps: ConnectDemoDeps, call: CallBy): Promise<boolean> {
  const userId = parseUserId(demo.userId);
  const provider = parseProviderName(demo.provider).map((name) => deps.providers.get(name));
  if (userId.isErr() || provider.isErr()) return false;
  if (provider.value === undefined) {
    if (deps.isAskedFor) deps.logger.warn({ provider: demo.provider }, NOT_LOADED);
    return false;
  }
  const records = await deps.store.recordsOf(userId.value, call);
  if (records.isErr()) return false;
  // What a start that died has only begun is gone on with.
  const wasConnected = records.value.some(({ phase }) => phase !== "connecting");
  if (wasConnected) deps.note.write();
  if (wasConnected || deps.note.isThere()) return records.value.some(({ phase }) => phase !== "erased");
  const connected = await deps.connections.connect(userId.value, provider.value, demo.fields, call);
  if (connected.isOk()) {
    deps.note.write();
    deps.logger.info({ provider: demo.provider }, "The demonstration's person is connected; the history is being read.");
  } else {
    const { error } = connected;
    const reason = error.kind === "provider" || error.kind === "store" ? error.error.message : null;
    const fields = { provider: demo.provider, problem: error.kind, reason };
    deps.logger.warn(fields, "The demonstration's person could not be connected; the next start tries again. DEMO=off does without.");
  }
  return connected.isOk();
}

const NOT_LOADED =
  "There is no demonstration, for its provider is not loaded: outside development, and where PROVIDERS names others, PROVIDERS has to name its package as well. DEMO=off does without.";
