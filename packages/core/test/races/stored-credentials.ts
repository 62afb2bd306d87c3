import { openSecrets } from "../../src/connection/secrets.ts";
import type { SourceId } from "../../src/reading/identifiers.ts";
import { memoryVault } from "../../src/testing/memory-vault.ts";
import { anna, calm } from "../ingest-bench.ts";
import type { RaceCredentials } from "./race-vendor.ts";
import type { Races } from "./races.ts";

/** What is stored for a source of anna's, opened. */
export async function storedCredentials({ stores }: Races, sourceId: SourceId): Promise<RaceCredentials | undefined> {
  const stored = await openSecrets({ connections: stores.connections, vault: memoryVault }, { userId: anna, sourceId }, calm);
  if (stored.isErr()) throw new Error("secrets cannot be opened");
  return stored.value?.credentials.value as RaceCredentials | undefined;
}
