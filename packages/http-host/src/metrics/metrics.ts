import type { Call, CountPage, EventBus, LoadedProvider, ProviderName, RateBudget } from "@bg-ingest/core";
import type { Store } from "../composition/engines.ts";
import type { HttpMeter } from "../http/http-meter.ts";
import { createHttpMeter } from "./http-meter.ts";
import { createInstruments } from "./instruments.ts";
import { meteredBudget } from "./metered-budget.ts";
import { meteredBus } from "./metered-bus.ts";
import { meteredFetch, meteredProvider } from "./metered-provider.ts";
import { meteredStore } from "./metered-store.ts";
import { createPageCounter } from "./page-counter.ts";
import { createProcessMeter } from "./process-meter.ts";
import { createScrapes } from "./scrapes.ts";
import { type SurveyDeps, surveyOf } from "./survey.ts";

/** All that is measured in this process. What it gives back does what it was given, and is counted. */
export interface Metrics {
  readonly http: HttpMeter;
  readonly countPage: CountPage;
  store(store: Store): Store;
  bus(bus: EventBus): EventBus;
  budget(budget: RateBudget): RateBudget;
  provider(loaded: LoadedProvider): LoadedProvider;
  fetchOf(provider: ProviderName, send: typeof fetch): typeof fetch;
  /** Whose state is looked up whenever somebody asks. */
  survey(deps: SurveyDeps): void;
  /** Everything, in the text format of Prometheus, version 0.0.4. */
  text(call: Call): Promise<string>;
  stop(): void;
}

export function createMetrics(clock: { nowMs(): number }): Metrics {
  const instruments = createInstruments();
  const scrapes = createScrapes();
  const ofProcess = createProcessMeter(instruments, scrapes);
  return {
    http: createHttpMeter(instruments, scrapes),
    countPage: createPageCounter(instruments),
    store: (store) => meteredStore(store, instruments, scrapes, clock),
    bus: (bus) => meteredBus(bus, instruments),
    budget: (budget) => meteredBudget(budget, instruments),
    provider: (loaded) => ({ ...loaded, provider: meteredProvider(loaded.name, loaded.provider, instruments) }),
    fetchOf: (provider, send) => meteredFetch(provider, send, instruments),
    survey: (deps) => scrapes.before(surveyOf(deps, instruments)),
    async text(call) {
      await scrapes.look(call);
      return instruments.registry.metrics();
    },
    stop: () => ofProcess.stop(),
  };
}
