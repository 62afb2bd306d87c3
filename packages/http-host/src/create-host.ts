import { performance } from "node:perf_hooks";
import { type Clock, settingName, TRUSTED } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { type DecidedAccess, decideAccess, isReachedByOthers } from "./access/decide-access.ts";
import { createInProcessBus } from "./bus/in-process-bus.ts";
import { compose } from "./composition/compose.ts";
import type { Engines } from "./composition/engines.ts";
import { openEngines } from "./composition/open-engines.ts";
import { prepareDataDir } from "./data-dir/prepare-data-dir.ts";
import { connectDemo } from "./demo/connect-demo.ts";
import { createDemoNote } from "./demo/demo-note.ts";
import type { Host, HostRefused } from "./host.ts";
import type { HostParts } from "./host-parts.ts";
import { keepTickShape } from "./keep-tick-shape.ts";
import { createLogger, type HostLog } from "./logging/create-logger.ts";
import { createMetrics, type Metrics } from "./metrics/metrics.ts";
import { createCallbackAddress } from "./plugins/callback-address.ts";
import { createDelay } from "./plugins/delay.ts";
import { importFrom } from "./plugins/import-from.ts";
import type { OfferedProvider } from "./plugins/import-provider.ts";
import { loadProviders } from "./plugins/load-providers.ts";
import type { ProviderRoster } from "./plugins/provider-roster.ts";
import { systemTimers, type Timers } from "./scheduler/timers.ts";
import { type LoadedSettings, loadSettings, type SettingsRefused, WHERE_SETTINGS_ARE } from "./settings/settings.ts";
import type { Settings } from "./settings/settings-schema.ts";
import { parseVaultKeys } from "./vault/parse-vault-keys.ts";
import type { VaultKeys } from "./vault/vault.ts";
import { type VaultKeysOfFile, vaultKeysFromFile } from "./vault/vault-key-file.ts";

/** Reads the settings, opens what has to be opened, wires everything. What is wrong is told in words for the person who starts it. */
export async function createHost(parts: HostParts): Promise<Result<Host, HostRefused>> {
  keepTickShape();
  const envFile = parts.envFile ?? ".env";
  const loaded = await loadSettings(parts.environment ?? process.env, envFile);
  const time = parts.time ?? systemTime;
  if (loaded.isErr()) return refused(await allProblems(parts, loaded.error, time));
  const { settings } = loaded.value;
  const log = createLogger(settings, parts.logTarget);
  const opened = await openParts(settings, log, time);
  if (opened.isErr()) return refused(opened.error);
  const metrics = createMetrics(time);
  const roster = await rosterOf(parts, loaded.value, log, time, metrics.fetchOf);
  if (roster.isOk()) return ok(wire(parts, loaded.value, log, time, meteredRoster(roster.value, metrics), opened.value, metrics));
  metrics.stop();
  await opened.value.engines.close();
  return refused(roster.error);
}

/** What is wrong with providers is told together with what is wrong with the service itself: nobody should have to start twice to hear of it. */
async function allProblems(parts: HostParts, { message, despite: loaded }: SettingsRefused, time: Clock & Timers): Promise<string> {
  if (loaded === null) return message;
  const log = createLogger({ ...loaded.settings, logLevel: "silent" }, parts.logTarget);
  const roster = await rosterOf(parts, loaded, log, time, (_, send) => send);
  return roster.isOk() ? message : [message, roster.error].map(withoutEnd).concat(WHERE_SETTINGS_ARE).join("\n");
}

/** Of two lists of problems one tells where settings are found. */
function withoutEnd(message: string): string {
  return message.replace(`\n${WHERE_SETTINGS_ARE}`, "");
}

interface OpenedParts {
  readonly vaultKeys: VaultKeys;
  readonly engines: Engines;
  readonly access: DecidedAccess;
}

/** All that can refuse to be opened: the folder, the key, the engines. */
async function openParts(settings: Settings, log: HostLog, time: Clock & Timers): Promise<Result<OpenedParts, string>> {
  const folder = needsFolder(settings) ? prepareDataDir(settings.dataDir) : ok(settings.dataDir);
  const vault = folder.andThen(() => vaultKeysOf(settings));
  if (vault.isErr()) return err(vault.error.message);
  const { keys, isNew } = vault.value;
  const opened = await openEngines({ settings, time, logger: log.logger });
  if (opened.isOk() && isNew && !opened.value.isFirstStart) log.logger.warn({}, settings.store === "sqlite" ? KEY_LOST : KEY_OF_ONE);
  if (opened.isErr()) return err(opened.error.message);
  const engines = opened.value;
  const access = await decideAccess(settings, engines.store.apiKeys, time, { signal: AbortSignal.timeout(KEYS_WITHIN_MS) });
  if (access.isErr()) {
    await engines.close();
    return err(access.error);
  }
  if (access.value.newKey !== null) log.hide([access.value.newKey]);
  return ok({ vaultKeys: keys, engines, access: access.value });
}

const KEYS_WITHIN_MS = 30_000;

/** Replicas that are given their key keep nothing on their own disks. */
function needsFolder({ store, bus, vaultKey, demo, appEnv, ...settings }: Settings): boolean {
  const makesKey = appEnv === "development" && isReachedByOthers(settings);
  return store === "sqlite" || bus === "memory" || vaultKey === undefined || demo || makesKey;
}

const KEY_LOST =
  "There was no vault.key beside the store, so a new one was made: credentials stored before cannot be opened. Stop, put the old vault.key back and start again, or have everybody connect again.";

const KEY_OF_ONE =
  "There was no vault.key under DATA_DIR, so a new one was made: credentials that another key sealed in the table cannot be opened here, nor these elsewhere. Give all replicas the same VAULT_KEY.";

function wire(
  parts: HostParts,
  { settings, environment }: LoadedSettings,
  log: HostLog,
  time: Clock & Timers,
  roster: ProviderRoster,
  { vaultKeys, engines, access }: OpenedParts,
  metrics: Metrics,
): Host {
  const listeners = createInProcessBus();
  if (parts.onEvent !== undefined) listeners.subscribe(parts.onEvent);
  const checkpoint = parts.checkpoint ?? (() => {});
  const { host, connections } = compose({
    settings,
    logger: log.logger,
    time,
    checkpoint,
    metrics,
    roster,
    engines,
    vaultKeys,
    isAsked: access.isAsked,
    listeners,
  });
  const demo = settings.demo ? parts.demo : undefined;
  const stopping = new AbortController();
  return {
    start: () =>
      host.start().map(async (listening) => {
        const call = { signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(DEMO_WITHIN_MS)]), caller: TRUSTED };
        const note = createDemoNote(settings.dataDir);
        const isAskedFor = environment[settingName("demo")] !== undefined;
        const deps = { providers: roster.loaded, store: engines.store.connections, connections, note, isAskedFor, logger: log.logger };
        const isThere = demo !== undefined && !stopping.signal.aborted && (await connectDemo(demo, deps, call));
        return { ...listening, access, demoUserId: isThere ? demo.userId : null };
      }),
    async stop() {
      stopping.abort();
      await host.stop();
      metrics.stop();
      log.flush();
    },
    report: host.report,
  };
}

function meteredRoster({ loaded, ...others }: ProviderRoster, metrics: Metrics): ProviderRoster {
  return { ...others, loaded: new Map([...loaded].map(([name, each]) => [name, metrics.provider(each)])) };
}

const DEMO_WITHIN_MS = 30_000;

async function rosterOf(
  parts: HostParts,
  { settings, environment, namesInFile }: LoadedSettings,
  log: HostLog,
  time: Clock & Timers,
  fetchOf: Metrics["fetchOf"],
): Promise<Result<ProviderRoster, string>> {
  const roster = await loadProviders({
    offered: offeredOf(parts, settings),
    explicit: settings.providers !== undefined,
    allowFailing: [...new Set([...(parts.allowFailing ?? []), ...(settings.allowFailing ?? [])])],
    importModule: parts.importModule ?? importFrom(process.cwd()),
    known: parts.builtIn ?? [],
    environment,
    namesInFile,
    isDevelopment: settings.appEnv === "development",
    callbackAddress: createCallbackAddress(settings),
    deps: { fetch: parts.fetch ?? fetch, clock: time, logger: log.logger },
    fetchOf,
    deadlineMs: settings.providerDeadlineSeconds * 1000,
    delay: createDelay(time),
    hide: log.hide,
  });
  return roster.mapErr(({ message }) => message);
}

function offeredOf(parts: HostParts, settings: Settings): readonly OfferedProvider[] {
  const isDevelopment = settings.appEnv === "development";
  const builtIn = (parts.builtIn ?? []).filter(({ isForDevelopment }) => isDevelopment || !isForDevelopment);
  const named = settings.providers ?? builtIn.map((each) => each.package);
  const values = (parts.providers ?? []).map((provider, index) => ({ package: `providers[${index}]`, provider }));
  return [...[...new Set(named)].map((name) => ({ package: name })), ...values];
}

/** The keys that were set, else those beside the data, of which development makes the first for itself. */
function vaultKeysOf(settings: Settings): Result<VaultKeysOfFile, { readonly message: string }> {
  if (settings.vaultKey === undefined) return vaultKeysFromFile(settings.dataDir);
  return parseVaultKeys(settings.vaultKey)
    .map((keys) => ({ keys, isNew: false }))
    .mapErr((why) => ({ message: `VAULT_KEY: ${why}.` }));
}

const systemTime: Clock & Timers = { nowMs: () => Date.now(), monotonicMs: () => performance.now(), ...systemTimers };

function refused(message: string): Result<never, HostRefused> {
  return err({ kind: "host_refused", message });
}
