import {
  type Clock,
  connectionTraitsWith,
  createProvider,
  type Delay,
  type Environment,
  guardProvider,
  type LoadedProvider,
  type Logger,
  type ParsedProvider,
  type ProviderConfig,
  type ProviderDeps,
  type ProviderName,
  type ProviderRefused,
  type ProviderTraits,
  providerSettings,
  readProviderConfig,
  secretTexts,
  settingName,
  traitsWith,
} from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { createScrubber } from "../logging/scrubber.ts";
import { asSentence } from "../settings/as-sentence.ts";
import { WHERE_SETTINGS_ARE } from "../settings/settings.ts";
import { SETTING_KEYS } from "../settings/settings-schema.ts";
import type { CallbackAddress } from "./callback-address.ts";
import { announceFailed, failedProviders } from "./failed-providers.ts";
import type { ImportModule } from "./import-from.ts";
import { type Found, importProvider, type OfferedProvider } from "./import-provider.ts";
import { createLimitedFetch } from "./limited-fetch.ts";
import { LONGEST_RESPONSE_BYTES, PROVIDER_LIMITS } from "./provider-limits.ts";
import type { FailedProvider, NotConfiguredProvider, ProviderProblem, ProviderRoster, ProvidersRefused } from "./provider-roster.ts";
import { duplicateNames, misspeltNames, sharedNames } from "./setting-problems.ts";
import type { KnownPackage } from "./why-not-imported.ts";

export interface LoadProvidersOptions {
  readonly offered: readonly OfferedProvider[];
  /** Whether somebody named them: then each must be configured. */
  readonly explicit: boolean;
  /** Packages without which the service may start: what cannot be loaded of them is told, and refuses nothing. */
  readonly allowFailing: readonly string[];
  readonly importModule: ImportModule;
  /** What comes with the application, offered or not: for whoever names it by another name. */
  readonly known: readonly KnownPackage[];
  readonly environment: Environment;
  /** Of these, the names that stand in `.env`. */
  readonly namesInFile?: readonly string[];
  /** Whether what is harmless in development only may hold. */
  readonly isDevelopment: boolean;
  readonly callbackAddress: CallbackAddress;
  readonly deps: ProviderDeps;
  /** The `fetch` that a provider is given. */
  readonly fetchOf: (provider: ProviderName, send: typeof fetch) => typeof fetch;
  readonly deadlineMs: number;
  readonly delay: Delay;
  /** Told every secret setting before a provider runs and before the first line about one is logged. */
  readonly hide: (secrets: readonly string[]) => void;
}

const HOST_NAMES = SETTING_KEYS.map(settingName);

/** Imports, parses, configures and guards the providers offered; one start-up line each. All that is wrong is told at once. */
export async function loadProviders(options: LoadProvidersOptions): Promise<Result<ProviderRoster, ProvidersRefused>> {
  const { offered, importModule, delay, known } = options;
  const imported = await Promise.all(offered.map((each) => importProvider(each, importModule, delay, known)));
  const found = imported.flatMap((each) => (each.isOk() ? [each.value] : []));
  const scrubber = createScrubber();
  const hide = (secrets: readonly string[]) => {
    options.hide(secrets);
    scrubber.hide(secrets);
  };
  hide(found.flatMap(({ parsed }) => secretTexts(parsed, options.environment)));
  const prepared = found.map((each) => prepare(each, { ...options, hide }));
  const told = [
    ...imported.flatMap((each) => (each.isErr() ? [each.error] : [])),
    ...duplicateNames(found),
    ...sharedNames(found, HOST_NAMES),
    ...misspeltNames(found, HOST_NAMES, options.environment, options.namesInFile ?? []),
    ...prepared.flatMap((each) => (each.isErr() ? [each.error] : [])),
  ];
  // They end on standard error too, over which no scrubber goes.
  const problems = told.map((each) => ({ ...each, reason: scrubber.scrub(each.reason) }));
  const grave = [...problems.filter((each) => !options.allowFailing.includes(each.package)), ...notOffered(options)];
  if (grave.length > 0) return err(refused(grave));
  const failed = failedProviders(problems, found, known);
  const hasFailed = (own: string) => failed.some((each) => each.package === own);
  const ready = prepared.flatMap((each) => (each.isOk() && !hasFailed(each.value.package) ? [each.value] : []));
  for (const each of ready) announce(options.deps.logger, each);
  if (!ready.some(({ kind }) => kind === "loaded")) options.deps.logger.warn({}, NOBODY_CAN_CONNECT);
  for (const each of failed) announceFailed(options.deps.logger, each, problems);
  for (const each of found) if (!hasFailed(each.package)) warnOfCallback(each, options);
  return ok(rosterOf(ready, failed));
}

const NOBODY_CAN_CONNECT =
  "No provider is ready: nobody can be connected, and nothing is asked of anybody's vendor. Set what the ones named here are missing, or install one and name it in PROVIDERS.";

/** A slip in the list would refuse the very start that it was to allow. */
function notOffered({ offered, allowFailing }: LoadProvidersOptions): readonly ProviderProblem[] {
  const packages = offered.map((each) => each.package);
  return allowFailing
    .filter((name) => !packages.includes(name))
    .map((name) => ({
      package: name,
      reason: `ALLOW_FAILING names it, and it is none of those to load: ${packages.join(", ")}`,
      isOfSetting: true,
    }));
}

type Prepared = { readonly package: string } & (
  | { readonly kind: "loaded"; readonly loaded: LoadedProvider }
  | { readonly kind: "not_configured"; readonly notConfigured: NotConfiguredProvider }
);

function prepare(found: Found, options: LoadProvidersOptions): Result<Prepared, ProviderProblem> {
  const reason = ({ kind, message }: ProviderRefused): ProviderProblem => ({
    package: found.package,
    reason: message,
    isOfSetting: kind === "config_invalid" || kind === "config_refused",
  });
  const own = options.callbackAddress.of(found.parsed.name);
  return readProviderConfig(found.parsed, options.environment, options.isDevelopment, own)
    .mapErr(reason)
    .andThen((config) =>
      config.kind === "configured" ? make(found, config, options).mapErr(reason) : withoutConfig(found, config.missing, options),
    );
}

function make(
  { package: own, parsed }: Found,
  { config }: Extract<ProviderConfig, { readonly kind: "configured" }>,
  { deps, environment, hide, fetchOf, deadlineMs, delay }: LoadProvidersOptions,
): Result<Prepared, ProviderRefused> {
  const { name, displayName, capabilities } = parsed;
  hide(secretTexts(parsed, environment, config));
  const logger = namedLogger(deps.logger, name);
  const ownDeps: ProviderDeps = {
    clock: clockAlone(deps.clock),
    logger,
    fetch: createLimitedFetch(fetchOf(name, deps.fetch), LONGEST_RESPONSE_BYTES),
  };
  return traitsWith(parsed, config).andThen((traits) =>
    createProvider(parsed, config, ownDeps).map((provider) => {
      const guarded = guardProvider(provider, { provider: name, deadlineMs, limits: PROVIDER_LIMITS, delay, logger: deps.logger });
      const traitsOf = traitsOfConnections(parsed, config, traits, logger);
      const loaded = { name, displayName, capabilities, traits, ...traitsOf, provider: guarded };
      return { kind: "loaded" as const, package: own, loaded };
    }),
  );
}

/** What a provider says of a connection that no host can take is a bug of its package; the traits of the settings hold then. */
function traitsOfConnections(
  parsed: ParsedProvider,
  config: unknown,
  traits: ProviderTraits,
  logger: Logger,
): Pick<LoadedProvider, "traitsOf"> {
  const traitsOf = connectionTraitsWith(parsed, config);
  if (traitsOf === null) return {};
  return {
    traitsOf: (credentials) =>
      traitsOf(credentials).match(
        (own) => own,
        ({ message }) => {
          logger.error({ reason: message }, CANNOT_SAY);
          return traits;
        },
      ),
  };
}

const CANNOT_SAY =
  "A bug of the provider: it cannot say how it behaves towards a connection. What holds for new ones is taken: the state of this connection may say delayed too soon or too late. Tell whoever wrote the provider.";

function withoutConfig(
  { package: own, parsed }: Found,
  missing: readonly string[],
  { explicit }: LoadProvidersOptions,
): Result<Prepared, ProviderProblem> {
  if (explicit)
    return err({ package: own, reason: `PROVIDERS names it, so it must be configured: set ${missing.join(", ")}`, isOfSetting: true });
  const { name, displayName, capabilities, traits } = parsed;
  return ok({ kind: "not_configured", package: own, notConfigured: { name, displayName, capabilities, traits, missing } });
}

function announce(logger: Logger, prepared: Prepared): void {
  switch (prepared.kind) {
    case "loaded": {
      const { name, displayName, capabilities } = prepared.loaded;
      logger.info({ provider: name, package: prepared.package, capabilities }, `Provider ${displayName} is ready.`);
      return;
    }
    case "not_configured": {
      const { name, displayName, missing } = prepared.notConfigured;
      logger.info(
        { provider: name, package: prepared.package, missing },
        `Provider ${displayName} is not configured; set what is missing to use it.`,
      );
      return;
    }
  }
}

/** A consent that comes back elsewhere is lost, and only the browser would show it. */
function warnOfCallback({ package: own, parsed }: Found, { callbackAddress, environment, deps }: LoadProvidersOptions): void {
  for (const { name: setting } of providerSettings(parsed).filter(({ hostDefault }) => hostDefault === "oauth_callback")) {
    const value = environment[setting];
    const reason = value ? callbackAddress.whyNotOwn(parsed.name, value) : null;
    if (reason === null) continue;
    const wanted = callbackAddress.of(parsed.name);
    const advice = wanted === null ? "Set PORT to a number" : `Unset it, or set it to ${wanted}`;
    deps.logger.warn(
      { provider: parsed.name, package: own, setting },
      `${setting}: whoever connects by consent does not come back to this service: ${reason}. ${advice}.`,
    );
  }
}

function rosterOf(prepared: readonly Prepared[], failed: readonly FailedProvider[]): ProviderRoster {
  const loaded = prepared.flatMap((each) => (each.kind === "loaded" ? [each.loaded] : []));
  return {
    loaded: new Map(loaded.map((each) => [each.name, each])),
    notConfigured: prepared.flatMap((each) => (each.kind === "not_configured" ? [each.notConfigured] : [])),
    failed,
  };
}

/** Whatever a provider logs bears its name. */
function namedLogger(logger: Logger, provider: string): Logger {
  return {
    debug: (fields, message) => logger.debug({ ...fields, provider }, message),
    info: (fields, message) => logger.info({ ...fields, provider }, message),
    warn: (fields, message) => logger.warn({ ...fields, provider }, message),
    error: (fields, message) => logger.error({ ...fields, provider }, message),
  };
}

/** Without the host's timers, if they tell the time too; and nobody else's time changes with it. */
function clockAlone(clock: Clock): Clock {
  return { nowMs: () => clock.nowMs(), monotonicMs: () => clock.monotonicMs() };
}

function refused(problems: readonly ProviderProblem[]): ProvidersRefused {
  const lines = problems.map(({ package: own, reason }) => `  ${own}: ${asSentence(reason)}`);
  const count = problems.length === 1 ? "A provider cannot" : "Providers cannot";
  const end = problems.some(({ isOfSetting }) => isOfSetting === true) ? [WHERE_SETTINGS_ARE] : [];
  const message = [`${count} be loaded, so BG Ingest does not start:`, ...lines, ...end].join("\n");
  return { kind: "providers_refused", message, problems };
}
