import { randomUUID } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type AuthorizationStore,
  type CallBy,
  type ConnectDeps,
  type ConnectionStore,
  connectSource,
  createIngest,
  type Ingest,
  type LoadedProvider,
  type Logger,
  openSecrets,
  type ProviderName,
  parseUserId,
  type ReadingStore,
  type SourceId,
  type SourceRecord,
  TRUSTED,
} from "@bg-ingest/core";
import { createMemoryEventBus, memoryVault } from "@bg-ingest/core/testing";
import { provider } from "@bg-ingest/provider-dexcom";
import { ok } from "neverthrow";
import { mix, unit } from "../../src/chance.ts";
import { createDexcomSimulator, DEFAULT_CLIENT, type DexcomSimulator } from "../../src/index.ts";
import { REDIRECT_URI } from "./application.ts";

/** What they share. */
export interface SharedStore {
  /** As one of them has it. */
  opened(): StoreOfProcess;
  close(): Promise<void>;
}

interface StoreOfProcess {
  readonly readings: ReadingStore;
  readonly connections: ConnectionStore;
  readonly authorizations: AuthorizationStore;
}

/** Several that tend one source over one store, before one vendor, in a time that only passes when told to. */
export interface Processes {
  readonly simulator: DexcomSimulator;
  /** Requests for a new pair in place of an old one, whatever came of them. */
  renewalsAsked(): number;
  /** Of the credentials that are stored, in seconds since the epoch. */
  expiresAt(): Promise<number>;
  now(): number;
  pass(seconds: number): void;
  /** Each wants to poll at this very moment. Answers how many of them got data. */
  tendAtOnce(): Promise<number>;
  record(): Promise<SourceRecord>;
  close(): Promise<void>;
}

const call: CallBy = { signal: new AbortController().signal, caller: TRUSTED };
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
/** Before each call of the store and of the vendor up to so many turns of the event loop go by. */
const MOST_TURNS = 4;

export async function startProcesses(shared: SharedStore, count: number, user: string, startMs: number, seed: number): Promise<Processes> {
  let nowMs = startMs;
  let draws = 0;
  const chance = () => unit(mix(seed, draws++));
  const hesitate = async () => {
    for (let turns = Math.floor(chance() * MOST_TURNS); turns > 0; turns--) await nextTurn();
  };
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs - startMs };
  const simulator = createDexcomSimulator({ clock });
  const served = new Set<string>();
  let renewalsAsked = 0;
  const vendorFor =
    (replica: string): typeof fetch =>
    async (input, init) => {
      const request = new Request(input, init);
      const isRenewal = new URLSearchParams(await request.clone().text()).get("grant_type") === "refresh_token";
      if (isRenewal) renewalsAsked++;
      await hesitate();
      const answer = await simulator.fetch(request);
      await hesitate();
      if (answer.ok && request.headers.has("authorization")) served.add(replica);
      return answer;
    };
  const store = shared.opened();

  function load(replica: string): LoadedProvider {
    const config = provider.configSchema.parse({
      clientId: DEFAULT_CLIENT.clientId,
      clientSecret: DEFAULT_CLIENT.clientSecret,
      redirectUri: REDIRECT_URI,
      apiBaseUrl: "sandbox",
    });
    const made = provider.create(config, { fetch: vendorFor(replica), clock, logger: silent })._unsafeUnwrap();
    const { displayName, capabilities, traits } = provider;
    return { name: provider.name as ProviderName, displayName, capabilities, traits, provider: made };
  }

  function createProcess(replica: string): Ingest {
    const loaded = load(replica);
    const { readings, connections, authorizations } = shared.opened();
    return createIngest({
      replica,
      readings,
      connections: hesitant(connections, hesitate),
      authorizations,
      bus: createMemoryEventBus(),
      // Nobody is erased.
      queue: { eraseSource: async () => ok(undefined) },
      budget: { take: async () => ({ kind: "granted" }) },
      vault: memoryVault,
      providers: new Map([[loaded.name, loaded]]),
      clock,
      chance,
      digest: (text) => text,
      logger: silent,
      checkpoint: () => undefined,
      settings: { pollIntervalSeconds: 900, backoff: { firstSeconds: 10, longestSeconds: 300 } },
    });
  }

  const userId = parseUserId(user)._unsafeUnwrap();
  const connecting: ConnectDeps = {
    connections: store.connections,
    vault: memoryVault,
    clock,
    checkpoint: () => undefined,
    newSourceId: () => "source0000001" as SourceId,
    newConnectId: randomUUID,
    newWebhookSecret: () => `whsec_${btoa("a secret of twenty-four b")}`,
    backfillSeconds: null,
  };
  const loaded = load("the browser's");
  const source = await connectAs(user);
  const all = Array.from({ length: count }, (_, nth) => createProcess(`process-${nth}`));

  async function connectAs(name: string): Promise<SourceRecord> {
    const { oauth } = loaded.provider;
    if (oauth === undefined) throw new Error("The provider has no consent.");
    const url = oauth.authorizationUrl({ state: "a state", codeChallenge: null })._unsafeUnwrap();
    const callbackUrl = simulator.consent(url, { user: name })._unsafeUnwrap();
    const grant = (await oauth.exchangeCode({ callbackUrl, state: "a state", codeVerifier: null }, call))._unsafeUnwrap();
    return (await connectSource(connecting, userId, loaded, grant, call))._unsafeUnwrap().record;
  }

  return {
    simulator,
    renewalsAsked: () => renewalsAsked,
    async expiresAt() {
      const secrets = (await openSecrets({ connections: store.connections, vault: memoryVault }, source, call))._unsafeUnwrap();
      return secrets?.credentials.expiresAt ?? 0;
    },
    now: () => Math.floor(nowMs / 1000),
    pass(seconds) {
      nowMs += seconds * 1000;
    },
    async tendAtOnce() {
      served.clear();
      await Promise.all(
        all.map(async (ingest) => {
          (await ingest.wantPoll(source, call))._unsafeUnwrap();
          await ingest.tend(source, "live", call);
        }),
      );
      return served.size;
    },
    async record() {
      const [record] = (await store.connections.recordsOf(userId, call))._unsafeUnwrap();
      if (record === undefined) throw new Error("Nobody is connected.");
      return record;
    },
    close: shared.close,
  };
}

/** Calls come in another order each time. */
function hesitant(connections: ConnectionStore, hesitate: () => Promise<void>): ConnectionStore {
  const late =
    <A extends readonly unknown[], T>(act: (...given: A) => PromiseLike<T>) =>
    async (...given: A): Promise<T> => {
      await hesitate();
      const answer = await act(...given);
      await hesitate();
      return answer;
    };
  return {
    ...connections,
    recordsOf: late(connections.recordsOf),
    replaceRecord: late(connections.replaceRecord),
    secretsOf: late(connections.secretsOf),
    replaceSecrets: late(connections.replaceSecrets),
  };
}
