export { apiKeyStoreContract } from "./api-key-contract.ts";
export { authorizationStoreContract } from "./authorization-contract.ts";
export { type BusUnderTest, busContract } from "./bus-contract.ts";
export { connectionStoreContract } from "./connection-contract.ts";
export { type ContractCase, emptySuiteFails, type UnderTest } from "./contract-case.ts";
export { type DeliveryIdsUnderTest, deliveryIdsContract } from "./delivery-ids-contract.ts";
export { createManualTime, type ManualTime, type Timers } from "./manual-time.ts";
export { createMemoryApiKeyStore } from "./memory-api-key-store.ts";
export { createMemoryAuthorizationStore } from "./memory-authorization-store.ts";
export { createMemoryConnectionStore } from "./memory-connection-store.ts";
export { createMemoryDeliveryIds } from "./memory-delivery-ids.ts";
export { type BusMode, createMemoryEventBus, type MemoryEventBus } from "./memory-event-bus.ts";
export { createMemoryRateLedger } from "./memory-rate-ledger.ts";
export { createMemoryReadingStore } from "./memory-reading-store.ts";
export { createMemoryReplicaRegister } from "./memory-replica-register.ts";
export { memoryVault } from "./memory-vault.ts";
export { createMemoryQueueShelf, createMemoryWorkQueue, type MemoryQueueShelf } from "./memory-work-queue.ts";
export type { BusOfModel } from "./model/bus-of-model.ts";
export { type Command, type Numbers, restlessCommand, steadyCommand } from "./model/command.ts";
export { createModel, type Model, type ModelOptions } from "./model/model.ts";
export type { StoresUnderTest } from "./model/stores-under-test.ts";
export type {
  DeliveryForm,
  ProviderUnderTest,
  ShownReading,
  SignedByVendor,
  VendorWorld,
  WorldLogin,
  WorldOAuth,
  WorldWebhook,
} from "./provider/vendor-world.ts";
export { providerContract } from "./provider-contract.ts";
export type { LetterSetApart, QueueUnderTest } from "./queue/queue-under-test.ts";
export { workQueueContract } from "./queue-contract.ts";
export { rateLedgerContract } from "./rate-ledger-contract.ts";
export { type ReplicaRegisterUnderTest, replicaRegisterContract } from "./replica-register-contract.ts";
export { seededChance } from "./seeded-chance.ts";
export { readingStoreContract } from "./store-contract.ts";
export { createProviderWorld, type ProviderWorld, type WorldOptions } from "./world/provider-world.ts";
export { SITUATIONS, type Situation, type Trouble } from "./world/situation.ts";
export type { Measured, WorldAccount } from "./world/world-account.ts";
export { worldBody, worldSignature } from "./world/world-webhook.ts";
