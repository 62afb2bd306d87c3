import type {
  AccessRefused,
  AsyncResult,
  Call,
  CallBy,
  Clock,
  ConnectError,
  Connected,
  ConnectionOverview,
  FinishOAuthError,
  Instant,
  LoadedProvider,
  LoadedProviders,
  Logger,
  LoginFields,
  OAuthCallback,
  ProviderName,
  ReadingQueries,
  Received,
  ReceiveError,
  SetAsidePage,
  SourceRecord,
  StartedOAuth,
  StoreError,
  UserId,
  WebhookRequest,
} from "@bg-ingest/core";
import type { Access } from "../access/access.ts";
import type { HttpMeter } from "./http-meter.ts";

/** What the HTTP side stands on: use cases as functions, so that a test needs no service around it. */
export interface HttpDeps {
  readonly queries: ReadingQueries;
  readonly providers: LoadedProviders;
  readonly notConfigured: readonly NotConfiguredProvider[];
  readonly failed: readonly FailedProvider[];
  readonly connections: ConnectionUseCases;
  readonly access: Access;
  /** `receiveDelivery` of the core. */
  receiveDelivery(userId: UserId, provider: ProviderName | null, request: WebhookRequest, call: Call): AsyncResult<Received, ReceiveError>;
  /** Whether what the service stands on answers. Asked once a second at most. */
  readiness(call: Call): PromiseLike<Readiness>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: HttpMetrics;
  readonly options: HttpOptions;
}

/** Installed, and waiting for settings. */
interface NotConfiguredProvider {
  readonly name: string;
  readonly displayName: string;
  /** The names of those settings. */
  readonly missing: readonly string[];
}

/** Meant to be here, and could not be loaded; its name and how it is shown, as far as they are known. */
interface FailedProvider {
  readonly package: string;
  readonly name: string | null;
  readonly displayName: string | null;
}

interface HttpMetrics {
  readonly meter: HttpMeter;
  /** Everything that is measured, in the text format of Prometheus. */
  text(call: Call): Promise<string>;
}

export interface ConnectionUseCases {
  /** Empty for somebody who has none. */
  overview(userId: UserId, now: Instant, call: CallBy): AsyncResult<readonly ConnectionOverview[], StoreError | AccessRefused>;
  /** When the source is asked next, as far as this process knows. */
  nextAttemptAt(record: SourceRecord): Instant | null;
  connect(
    userId: UserId,
    provider: LoadedProvider,
    fields: LoginFields,
    call: CallBy,
  ): AsyncResult<Connected, ConnectError | AccessRefused>;
  /** Begins to connect by consent, for the one browser that is given the secret. */
  startConsent(
    userId: UserId,
    provider: LoadedProvider,
    browserSecret: string,
    call: CallBy,
  ): AsyncResult<StartedOAuth, ConnectError | AccessRefused>;
  finishConsent(provider: LoadedProvider, callback: OAuthCallback, call: Call): AsyncResult<Connected, FinishOAuthError>;
  /** `null` if the user has no living source of the provider; so with the three that follow. */
  disconnect(userId: UserId, provider: ProviderName, call: CallBy): AsyncResult<SourceRecord | null, StoreError | AccessRefused>;
  pollNow(
    userId: UserId,
    provider: ProviderName,
    call: CallBy,
  ): AsyncResult<"wanted" | "recent" | "not_asked" | null, StoreError | AccessRefused>;
  setAside(
    userId: UserId,
    provider: ProviderName,
    page: { readonly limit: number; readonly after: string | null },
    call: CallBy,
  ): AsyncResult<SetAsidePage | null, StoreError | AccessRefused>;
  erase(userId: UserId, call: CallBy): AsyncResult<"erased" | "unknown_user", StoreError | AccessRefused>;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly message: string | null }[];
}

export interface HttpOptions {
  /** Where the service listens. */
  readonly host: string;
  readonly port: number;
  /** The origin by which others reach the service, answered to as well and used in the URLs that it gives out; `null`: as it listens. */
  readonly publicUrl: string | null;
  readonly rangeLimitDays: number;
  readonly webhookBodyLimitBytes: number;
  /** What whoever reads the metrics has to show; `null`: nothing, where nobody but this machine can ask. */
  readonly metricsToken: string | null;
  /** Addresses and networks of the proxies whose word is taken on whom a request comes from. */
  readonly trustedProxies: readonly string[];
  readonly limits: HttpLimits;
}

export interface HttpLimits {
  /** Headers and body have to arrive within this time. */
  readonly requestSeconds: number;
  /** A connection on which nothing moves is closed. */
  readonly idleSeconds: number;
  /** A connection is kept open for so long after an answer. */
  readonly keepAliveSeconds: number;
  /** Of an answer so large that it is not gone at once, the client has to take a piece within this time. */
  readonly takingSeconds: number;
  /** What is asked of the store or a provider for an answer is given up after this time. */
  readonly answerSeconds: number;
  /** The same where somebody connects, which waits for a provider's whole time. */
  readonly connectSeconds: number;
  /** More at once are turned away, first those of callers who have many; one caller has a quarter of them at most. */
  readonly requestsInFlight: number;
  /** Answers that wait to be read by their clients; one caller has a quarter of them at most. */
  readonly untakenBytes: number;
  /** More at once are closed. */
  readonly connections: number;
  readonly connectionsOfCaller: number;
  /** On average; `null`: as many as there are. */
  readonly requestsPerSecondOfCaller: number | null;
  /** What may be in hand of the bodies of all requests, and of those of one caller. */
  readonly bodyBytes: number;
  readonly bodyBytesOfCaller: number;
  /** While the process is so late with everything, callers who have many requests at once are turned away. */
  readonly lateMs: number;
}

export const USUAL_LIMITS: HttpLimits = {
  requestSeconds: 15,
  idleSeconds: 90,
  // Longer than balancers keep a connection that they do not use, 60 s mostly: else they send on one that is just being closed.
  keepAliveSeconds: 75,
  takingSeconds: 60,
  answerSeconds: 30,
  connectSeconds: 35,
  requestsInFlight: 1_000,
  untakenBytes: 128 * 1024 * 1024,
  connections: 10_000,
  connectionsOfCaller: 256,
  requestsPerSecondOfCaller: null,
  bodyBytes: 64 * 1024 * 1024,
  bodyBytesOfCaller: 16 * 1024 * 1024,
  lateMs: 1_000,
};
