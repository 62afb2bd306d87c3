import type { ReadingStore } from "../../ports/reading-store.ts";
import type { UnderTest } from "../contract-case.ts";

/** One promise each, by what is promised. */
export type ReadingCases = Readonly<Record<string, (subject: UnderTest<ReadingStore>) => Promise<void>>>;
