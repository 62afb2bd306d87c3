import type { ConnectionStore } from "../../ports/connection-store.ts";
import type { UnderTest } from "../contract-case.ts";

/** One promise each, by what is promised. */
export type ConnectionCases = Readonly<Record<string, (subject: UnderTest<ConnectionStore>) => Promise<void>>>;
