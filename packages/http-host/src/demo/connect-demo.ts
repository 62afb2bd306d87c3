import { type Call, type Logger, parseProviderName, parseUserId } from "@bg-ingest/core";
import type { Connections } from "../connections/connections.ts";
import type { Demo } from "../host-parts.ts";

/** Connects the demonstration's person, unless that person was ever connected. A failure is logged and keeps nothing from starting. */
export async function connectDemo(demo: Demo, connections: Connections, logger: Logger, call: Call): Promise<void> {
  const userId = parseUserId(demo.userId);
  const provider = parseProviderName(demo.provider);
  if (userId.isErr() || provider.isErr()) return;
  const existing = await connections.overview(userId.value, call);
  if (existing.isErr() || existing.value.length > 0) return;
  const connected = await connections.connect(userId.value, provider.value, demo.fields, call);
  if (connected.isOk())
    logger.info({ provider: demo.provider, user: demo.userId }, "The demonstration's person is connected; the history is being read.");
  else
    logger.warn(
      { provider: demo.provider, problem: connected.error.kind },
      "The demonstration's person could not be connected. DEMO=off does without.",
    );
}
