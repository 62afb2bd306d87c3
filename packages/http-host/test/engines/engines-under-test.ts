import { readStore, type StoredSource } from "../kill/stored-days.ts";
import { newDataDir } from "../running-host.ts";

/** What a service stands on, for a test that any will do for. */
export interface EnginesUnderTest {
  /** The settings that name them. */
  readonly environment: Readonly<Record<string, string>>;
  /** Everything that is stored, as somebody beside the service sees it. */
  readStore(): Promise<readonly StoredSource[]>;
  /** The ids of all events that are told outside the process; `null` where none are. */
  readEvents(): Promise<readonly string[] | null>;
  /** So many events may have been told by a process that died before it heard so. */
  readonly confirmsInFlight: number;
  /** Who stands in the register; nobody while there is no table. */
  replicas(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** `nowMs`: the time in which the service lives. `dynamoDb`: where the service is to look for it, if something stands between. */
export type OpenEngines = (nowMs: () => number, dynamoDb?: string) => Promise<EnginesUnderTest>;

/** As long as can be: in a time that runs fast even that is soon over. */
export const HEARTBEAT_SECONDS = "60";

export const openSqliteUnderTest: OpenEngines = async () => {
  const dataDir = newDataDir();
  return {
    environment: { DATA_DIR: dataDir },
    readStore: () => readStore(dataDir),
    readEvents: async () => null,
    confirmsInFlight: 0,
    replicas: async () => [],
    close: async () => undefined,
  };
};
