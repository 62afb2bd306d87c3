export { connectionStoreContract } from "./connection-contract.ts";
export { type ContractCase, emptySuiteFails, type UnderTest } from "./contract-case.ts";
export { createManualTime, type ManualTime, type Timers } from "./manual-time.ts";
export { createMemoryConnectionStore } from "./memory-connection-store.ts";
export { createMemoryReadingStore } from "./memory-reading-store.ts";
export { createMemoryQueueShelf, createMemoryWorkQueue, type MemoryQueueShelf } from "./memory-work-queue.ts";
export { type QueueUnderTest, workQueueContract } from "./queue-contract.ts";
export { readingStoreContract } from "./store-contract.ts";
