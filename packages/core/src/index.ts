export { callerOf, findApiKey, hasApiKeyForm, type MadeApiKey, newApiKey } from "./access/api-keys.ts";
export { type AccessRefused, type CallBy, type Caller, permit, TRUSTED } from "./access/caller.ts";
export { type Connected, connectSource } from "./connection/connect.ts";
export type { ConnectDeps } from "./connection/connect-deps.ts";
export type { ConnectError } from "./connection/connect-error.ts";
export { connectionChangedEvent } from "./connection/connection-events.ts";
export { disconnectSource } from "./connection/disconnect.ts";
export { livingSourceFor } from "./connection/living-source.ts";
export { connectByLogin, type LoginDeps, type LoginFields } from "./connection/login.ts";
export {
  type FinishOAuthError,
  finishOAuth,
  type OAuthCallback,
  type OAuthDeps,
  type StartedOAuth,
  startOAuth,
} from "./connection/oauth.ts";
export { type ConnectionOverview, type OverviewDeps, overviewOf } from "./connection/overview.ts";
export { providerOf } from "./connection/provider-of.ts";
export { type OpenedSecrets, openSecrets, type SecretsDeps, type SecretsError, type SourceSecrets } from "./connection/secrets.ts";
export { CONNECTION_STATES, type ConnectionState, type ConnectionStatus, statusOf } from "./connection/status.ts";
export { createSubscriptions, type Subscriptions, type SubscriptionsDeps } from "./connection/subscriptions.ts";
export { type DayUnreadable, decodeDay, encodeDay } from "./day/codec/day-codec.ts";
export { type Details, instantAt, NOT_TOLD, RATE_STEPS_PER_UNIT, type ReadingColumns, readReading, type Timeline } from "./day/columns.ts";
export { ARRIVALS, type Arrival, type Commit } from "./day/commit.ts";
export { currentVersions, knownBy } from "./day/current.ts";
export { type DayLog, type LoggedCommit, versionOf } from "./day/day-log.ts";
export {
  type BgEvent,
  bgEvent,
  type ConnectionChanged,
  connectionChanged,
  type EventReading,
  eventReading,
  type ReadingsRecorded,
  readingsRecorded,
  type UserErased,
  userErased,
} from "./event/event.ts";
export { type ReceiveDeps, type Received, type ReceiveError, receiveDelivery } from "./ingest/deliveries/receive-delivery.ts";
export type { Tended } from "./ingest/due.ts";
export { createIngest, type Ingest } from "./ingest/ingest.ts";
export type { BackoffPolicy } from "./ingest/source/backoff.ts";
export type { IngestDeps, IngestSettings } from "./ingest/source/ingest-deps.ts";
export type { KnownSource, RememberedSource } from "./ingest/source/remembered.ts";
export type { Purpose } from "./ingest/source/source-state.ts";
export type { RawReading, RawRejected } from "./normalize/raw-reading.ts";
export { createProvider } from "./plugin/create-provider.ts";
export type { Guard, GuardLimits } from "./plugin/guard/guard.ts";
export { guardProvider } from "./plugin/guard/guard-provider.ts";
export { type ParsedProvider, parseProvider } from "./plugin/parse-provider.ts";
export {
  defineProvider,
  type ProviderConfigRefused,
  type ProviderDefinition,
  type ProviderDeps,
  type ProviderWith,
  SERVED_API_VERSIONS,
} from "./plugin/provider-definition.ts";
export type { ProviderRefused } from "./plugin/provider-refused.ts";
export {
  type Environment,
  type ProviderConfig,
  type ProviderSetting,
  providerSettings,
  readProviderConfig,
} from "./plugin/provider-settings.ts";
export { secretTexts } from "./plugin/secret-texts.ts";
export { settingName } from "./plugin/setting-name.ts";
export {
  type StandardWebhookDelivery,
  type StandardWebhookHeaders,
  type StandardWebhookToSign,
  type StandardWebhookUnsignable,
  type StandardWebhookVerified,
  signStandardWebhook,
  verifyStandardWebhook,
} from "./plugin/standard-webhooks.ts";
export { connectionTraitsWith, traitsWith } from "./plugin/traits-with.ts";
export type { ApiKey, ApiKeyId, ApiKeyStore } from "./ports/api-key-store.ts";
export { type AuthorizationStore, MOST_PENDING_OF_USER, type PendingAuthorization } from "./ports/authorization-store.ts";
export { bugOf, placesOf } from "./ports/bug-of.ts";
export type { AsyncResult, Call } from "./ports/call.ts";
export {
  type BackfillCapability,
  CAPABILITIES,
  type CapabilityName,
  type CgmProvider,
  type Credentials,
  type FetchPages,
  type Grant,
  type LoginCapability,
  type LoginField,
  type OAuthCapability,
  type PageRequest,
  type PollCapability,
  type ProviderError,
  type ProviderPage,
  type WebhookCapability,
  type WebhookContent,
  type WebhookRefused,
  type WebhookRequest,
  type WebhookVerified,
} from "./ports/cgm-provider.ts";
export type { Chance } from "./ports/chance.ts";
export { CHECKPOINTS, type Checkpoint, type CheckpointName } from "./ports/checkpoint.ts";
export type { Clock } from "./ports/clock.ts";
export type { Cluster, Ownership } from "./ports/cluster.ts";
export {
  type ConnectionStore,
  type ReplaceOutcome,
  type ScheduleEntry,
  type SealedSecrets,
  type SetAsidePage,
  type SetAsideRecord,
  SHARD_COUNT,
  type SourceKey,
} from "./ports/connection-store.ts";
export type { Delay } from "./ports/delay.ts";
export type { DeliveryIds } from "./ports/delivery-ids.ts";
export type { Digest } from "./ports/digest.ts";
export type { BusError, EventBus } from "./ports/event-bus.ts";
export type { LoadedProvider, LoadedProviders, WhyNotLoaded } from "./ports/loaded-provider.ts";
export type { LogFields, Logger } from "./ports/logger.ts";
export type { CountPage, PageCount } from "./ports/page-count.ts";
export { type ProviderTraits, type RateLimit, type RePullRung, USUAL_CALLS_PER_CONNECT } from "./ports/provider-traits.ts";
export type { BudgetedUser, RateBudget, RateLease } from "./ports/rate-budget.ts";
export type { BucketName, RateBucket, RateLedger } from "./ports/rate-ledger.ts";
export type { DayKey, DayPut, DayRead, PutOutcome, ReadingStore, StoredDay } from "./ports/reading-store.ts";
export type { Announced, ReplicaBeat, ReplicaRegister, ShardNotice, StoreMoment } from "./ports/replica-register.ts";
export { isScope, SCOPES, type Scope } from "./ports/scope.ts";
export type { SetAsideReason } from "./ports/set-aside.ts";
export { shardOf, spreadOf } from "./ports/shard.ts";
export { shardsOf } from "./ports/shard-owner.ts";
export type {
  BackfillProgress,
  EndedSource,
  OpenFrom,
  Push,
  RecordedGap,
  SourceHealth,
  SourcePhase,
  SourceRecord,
} from "./ports/source-record.ts";
export type { StoreError } from "./ports/store-error.ts";
export type { Vault, VaultError } from "./ports/vault.ts";
export type { Consumption, Delivery, QueueError, Verdict, WorkQueue } from "./ports/work-queue.ts";
export { createReadingQueries, type QueryDeps } from "./query/reading-queries.ts";
export type {
  LatestReading,
  QueryError,
  ReadingQueries,
  Selection,
  Series,
  SeriesRun,
  SeriesSource,
  SourcedReading,
} from "./query/series.ts";
export {
  GLUCOSE_UNITS,
  type GlucoseOutOfRange,
  type GlucoseUnit,
  MGDL_PER_MMOLL,
  type Mgdl,
  mgdlOf,
  PLAUSIBLE_MGDL,
  toMgdl,
  toMmoll,
} from "./reading/glucose.ts";
export {
  type IdentifierRefused,
  type ProviderName,
  parseProviderName,
  parseSourceId,
  parseUserId,
  type SourceId,
  type UserId,
} from "./reading/identifiers.ts";
export {
  addSeconds,
  type Day,
  type DaySpan,
  dayOf,
  daysOf,
  formatDay,
  formatInstant,
  formatSecondOfDay,
  type Instant,
  type InstantRefused,
  instantOfMs,
  parseInstant,
  SECONDS_PER_DAY,
  type Span,
  startOf,
} from "./reading/instant.ts";
export type { RangeFlag, Reading } from "./reading/reading.ts";
export { isTrend, TRENDS, type Trend } from "./reading/trend.ts";
