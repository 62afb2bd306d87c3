import type { QueueUnderTest } from "./queue-under-test.ts";

/** One promise each, by what is promised. */
export type QueueCases = Readonly<Record<string, (subject: QueueUnderTest) => Promise<void>>>;
