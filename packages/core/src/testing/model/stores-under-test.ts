import type { ConnectionStore } from "../../ports/connection-store.ts";
import type { ReadingStore } from "../../ports/reading-store.ts";

/** Stores to hold the model against, fresh and empty. */
export interface StoresUnderTest {
  readonly readings: ReadingStore;
  readonly connections: ConnectionStore;
  readonly close: () => PromiseLike<void>;
}
