import { randomBytes } from "node:crypto";
import {
  type ApiKeyStore,
  type AuthorizationStore,
  type Call,
  type CallBy,
  type ConnectionStore,
  connectByLogin,
  createIngest,
  createReadingQueries,
  type Delivery,
  disconnectSource,
  finishOAuth,
  type Instant,
  type LoadedProvider,
  type LogFields,
  type Logger,
  livingSourceFor,
  overviewOf,
  type ProviderName,
  type RateBudget,
  type RawReading,
  type ReadingStore,
  receiveDelivery,
  type SourceId,
  type SourceKey,
  type SourceRecord,
  signStandardWebhook,
  startOAuth,
  TRUSTED,
  type UserId,
  type WorkQueue,
} from "@bg-ingest/core";
import {
  createManualTime,
  createMemoryApiKeyStore,
  createMemoryAuthorizationStore,
  createMemoryConnectionStore,
  createMemoryReadingStore,
  createMemoryWorkQueue,
  type ManualTime,
} from "@bg-ingest/core/testing";
import type { FastifyInstance, LightMyRequestResponse } from "fastify";
import type { Result } from "neverthrow";
import { createAuthenticate, createHoldsKey } from "../src/access/authenticate.ts";
import { createPagePasses } from "../src/access/page-passes.ts";
import type { VerifyToken } from "../src/access/token-verifier.ts";
import { createInProcessBus } from "../src/bus/in-process-bus.ts";
import { digest } from "../src/composition/digest.ts";
import { newConnectId, newOAuthState } from "../src/connections/new-identifiers.ts";
import { createHttpApp } from "../src/http/app.ts";
import { type HttpDeps, type HttpOptions, USUAL_LIMITS } from "../src/http/http-deps.ts";
import { uncounted } from "../src/http/http-meter.ts";
import { createVault, newVaultKey, parseVaultKey, type VaultKey } from "../src/vault/vault.ts";
import { DIARY, diaryProvider } from "./diary-provider.ts";
import { createDocumentCheck, type DocumentCheck } from "./documented.ts";

interface Line {
  readonly level: string;
  readonly fields: LogFields;
  readonly message: string;
}

/** The HTTP side over stores in memory. Time stands still; what is delivered is stored when somebody says so. */
export interface Served {
  readonly app: FastifyInstance;
  readonly deps: HttpDeps;
  readonly time: ManualTime;
  readonly queue: WorkQueue;
  readonly keys: ApiKeyStore;
  /** What stands behind the use cases, for whoever looks past them. */
  readonly stores: {
    readonly readings: ReadingStore;
    readonly connections: ConnectionStore;
    readonly authorizations: AuthorizationStore;
  };
  readonly lines: Line[];
  /** Connects somebody and answers the webhook secret. */
  connect(user: string, provider?: ProviderName): Promise<{ readonly secret: string; readonly record: SourceRecord }>;
  /** Stores what a provider brings of a user now. */
  tell(user: string, readings: readonly RawReading[], provider?: ProviderName): Promise<void>;
  /** Every answer is held against the OpenAPI document that is served. */
  ask(method: "GET" | "HEAD" | "POST" | "DELETE" | "PUT", url: string, more?: Asked): Promise<LightMyRequestResponse>;
  get(url: string, headers?: Record<string, string>): Promise<LightMyRequestResponse>;
}

interface Asked {
  readonly headers?: Record<string, string>;
  readonly payload?: string | Buffer | object;
}

export interface ServedOptions {
  readonly providers?: (time: ManualTime) => readonly LoadedProvider[];
  readonly options?: Partial<HttpOptions>;
  readonly replace?: (deps: HttpDeps) => Partial<HttpDeps>;
  readonly budget?: RateBudget;
  /** Asks callers for a key of `keys`, or for a token where there is a verifier. */
  readonly isAsked?: true;
  readonly verifyToken?: VerifyToken;
}

const unlimited: RateBudget = { take: async () => ({ kind: "granted" }) };

export const calm: CallBy = { signal: new AbortController().signal, caller: TRUSTED };

/** 2025-04-26T14:30:00Z */
export const NOW = 1_745_677_800;

const OPTIONS: HttpOptions = {
  host: "127.0.0.1",
  port: 5001,
  publicUrl: null,
  rangeLimitDays: 366,
  webhookBodyLimitBytes: 65_536,
  metricsToken: null,
  trustedProxies: [],
  limits: USUAL_LIMITS,
};

export function served({ providers, options, replace, budget = unlimited, isAsked, verifyToken }: ServedOptions = {}): Served {
  const time = createManualTime(NOW * 1000);
  const loaded = new Map((providers?.(time) ?? [diaryProvider(time.nowMs)]).map((each) => [each.name, each]));
  const readings = createMemoryReadingStore();
  const connections = createMemoryConnectionStore();
  const authorizations = createMemoryAuthorizationStore();
  const keys = createMemoryApiKeyStore();
  const queue = createMemoryWorkQueue(time);
  const lines: Line[] = [];
  const logger = recordingLogger(lines);
  const vaultKeys = [parseVaultKey(newVaultKey()) as VaultKey] as const;
  const vault = createVault(vaultKeys);
  const shared = { readings, connections, queue, vault, providers: loaded, clock: time, logger, checkpoint: () => {} };
  const ingest = createIngest({
    ...shared,
    replica: "served",
    authorizations,
    bus: createInProcessBus(),
    budget,
    chance: () => 0.5,
    digest,
    settings: { pollIntervalSeconds: 900, backoff: { firstSeconds: 1, longestSeconds: 60 } },
  });
  const connectDeps = {
    ...shared,
    budget,
    authorizations,
    digest,
    newState: newOAuthState,
    newSourceId,
    newConnectId,
    newWebhookSecret,
    backfillSeconds: null,
  };
  const keyOf = async (userId: UserId, provider: ProviderName, call: Call) =>
    (await connections.recordsOf(userId, call)).map(
      (records) => records.find((record) => record.provider === provider && record.phase !== "erased") ?? null,
    );
  const deps: HttpDeps = {
    queries: createReadingQueries({ readings, connections }),
    providers: loaded,
    notConfigured: [{ name: "elsewhere", displayName: "Elsewhere", missing: ["ELSEWHERE_CLIENT_ID"] }],
    failed: [{ package: "bg-ingest-provider-broken", name: "broken", displayName: "Broken" }],
    connections: {
      overview: (userId, now, call) => overviewOf({ ...shared, pollIntervalSeconds: 900, knownNow: ingest.remembered }, userId, now, call),
      nextAttemptAt: () => (NOW + 300) as Instant,
      connect: (userId, provider, fields, call) => connectByLogin(connectDeps, userId, provider, fields, call),
      startConsent: (userId, provider, browserSecret, call) => startOAuth(connectDeps, userId, provider, { browserSecret }, call),
      finishConsent: (provider, callback, call) => finishOAuth(connectDeps, provider, callback, call),
      async disconnect(userId, provider, call) {
        const done = await disconnectSource(connections, userId, provider, Math.floor(time.nowMs() / 1000) as Instant, call);
        if (done.isOk() && done.value !== null) ingest.forget(done.value.record.sourceId);
        return done.map((left) => left?.record ?? null);
      },
      async pollNow(userId, provider, call) {
        const key = await livingSourceFor("write", connections, userId, provider, call);
        if (key.isErr() || key.value === null) return key.map(() => null);
        return ingest.wantPoll(key.value, call);
      },
      async setAside(userId, provider, page, call) {
        const key = await livingSourceFor("read", connections, userId, provider, call);
        return key.isErr() || key.value === null ? key.map(() => null) : connections.setAsideOf(key.value, page, call);
      },
      erase: (userId, call) => ingest.erase(userId, call),
    },
    access: {
      authenticate: isAsked === true ? createAuthenticate({ keys, verifyToken: verifyToken ?? null, clock: time, logger }) : null,
      passes: createPagePasses(vaultKeys, time),
      holdsKey: createHoldsKey(keys),
    },
    receiveDelivery: (userId, provider, request, call) => receiveDelivery(shared, userId, provider, request, call),
    readiness: async () => ({ ready: true, checks: [{ name: "store", ok: true, message: null }] }),
    clock: time,
    logger,
    metrics: { meter: uncounted, text: async () => "" },
    options: { ...OPTIONS, ...options },
  };
  const used = { ...deps, ...replace?.(deps) };
  const app = createHttpApp(used);
  let deliveries = 0;
  let check: DocumentCheck | null = null;
  const ask: Served["ask"] = async (method, url, { headers = {}, payload } = {}) => {
    check ??= createDocumentCheck((await app.inject("/openapi.json")).json());
    const answer = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
    check(method, url, answer);
    return answer;
  };
  return {
    app,
    deps: used,
    time,
    queue,
    keys,
    stores: { readings, connections, authorizations },
    lines,
    async connect(user, provider = DIARY) {
      const fields = { name: user, password: "open sesame" };
      const connected = good(await deps.connections.connect(user as UserId, loaded.get(provider) as LoadedProvider, fields, calm));
      return { secret: connected.webhookSecret ?? "", record: connected.record };
    },
    async tell(user, page, provider = DIARY) {
      const { sourceId } = good(await keyOf(user as UserId, provider, calm)) as SourceKey;
      const body = Buffer.from(JSON.stringify(page));
      const signedAt = Math.floor(time.nowMs() / 1000) as Instant;
      const delivery: Delivery = { id: `told-${deliveries++}`, userId: user as UserId, sourceId, provider, signedAt, body };
      const verdict = await ingest.work(delivery, calm);
      if (verdict.kind !== "done") throw new Error(JSON.stringify(verdict));
    },
    ask,
    get: (url, headers = {}) => ask("GET", url, { headers }),
  };
}

/** A delivery as its sender signs it. */
export async function signedHeaders(secret: string, id: string, body: string, signedAt = NOW): Promise<Record<string, string>> {
  return { ...good(await signStandardWebhook({ id, signedAt: signedAt as Instant, body: Buffer.from(body), secret })) };
}

export function good<T, E>(result: Result<T, E>): T {
  if (result.isOk()) return result.value;
  throw new Error(JSON.stringify(result.error));
}

/** Seconds after `NOW` and mg/dL. */
export function rawAt(seconds: number, mgdl: number, more: Partial<RawReading> = {}): RawReading {
  return { time: new Date((NOW + seconds) * 1000).toISOString(), value: mgdl, unit: "mg/dL", ...more };
}

function newSourceId(): SourceId {
  return randomBytes(8).toString("hex").slice(0, 13) as SourceId;
}

function newWebhookSecret(): string {
  return `whsec_${randomBytes(24).toString("base64")}`;
}

function recordingLogger(lines: Line[]): Logger {
  const at = (level: string) => (fields: LogFields, message: string) => void lines.push({ level, fields, message });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
