import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { METRICS, type MetricDescription } from "./metric-catalogue.ts";

export type Instruments = ReturnType<typeof createInstruments>;

/** One of each, at nought. A process has one; a test as many as it likes. */
export function createInstruments() {
  const registry = new Registry();
  const common = <L extends string>({ name, labels, meaning }: MetricDescription<L>) => ({
    name,
    help: meaning,
    labelNames: [...labels],
    registers: [registry],
  });
  const counter = <L extends string>(of: MetricDescription<L>) => new Counter<L>(common(of));
  const gauge = <L extends string>(of: MetricDescription<L>) => new Gauge<L>(common(of));
  const histogram = <L extends string>(of: MetricDescription<L>) => new Histogram<L>({ ...common(of), buckets: [...(of.buckets ?? [])] });
  return {
    registry,
    readings: counter(METRICS.readings),
    setAside: counter(METRICS.setAside),
    readingDelay: histogram(METRICS.readingDelay),
    sources: gauge(METRICS.sources),
    sourceAge: gauge(METRICS.sourceAge),
    sourceLag: gauge(METRICS.sourceLag),
    outbox: gauge(METRICS.outbox),
    deliveriesWaiting: gauge(METRICS.deliveriesWaiting),
    deliveriesSetApart: gauge(METRICS.deliveriesSetApart),
    deliveriesHeldAge: gauge(METRICS.deliveriesHeldAge),
    deliveries: counter(METRICS.deliveries),
    deliveryAge: histogram(METRICS.deliveryAge),
    providerCalls: histogram(METRICS.providerCalls),
    providerAnswers: counter(METRICS.providerAnswers),
    leases: counter(METRICS.leases),
    budgetLeft: gauge(METRICS.budgetLeft),
    storeCalls: histogram(METRICS.storeCalls),
    busCalls: histogram(METRICS.busCalls),
    events: counter(METRICS.events),
    scheduled: gauge(METRICS.scheduled),
    requests: histogram(METRICS.requests),
    shed: counter(METRICS.shed),
    inFlight: gauge(METRICS.inFlight),
    loopDelay: histogram(METRICS.loopDelay),
    cpu: counter(METRICS.cpu),
    memory: gauge(METRICS.memory),
    heap: gauge(METRICS.heap),
    startTime: gauge(METRICS.startTime),
  };
}
