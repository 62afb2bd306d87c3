/** A metric, as docs/metrics.md shows it. */
export interface MetricDescription<Label extends string = string> {
  readonly name: string;
  readonly unit: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly Label[];
  /** Upper bounds of a histogram, in the unit that the name ends with. */
  readonly buckets?: readonly number[];
  readonly meaning: string;
  /** For whoever sees it where it should not be. */
  readonly whatToDo: string;
}

const describe = <const Label extends string = never>(description: MetricDescription<Label>): MetricDescription<Label> => description;

const CALL_SECONDS = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 30];
const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30];
const AGE_SECONDS = [60, 120, 300, 600, 900, 1_800, 3_600, 10_800, 43_200, 86_400];
const LOOP_SECONDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/**
 * Everything that is measured. No label holds a person, a source, a device or anything that a caller chose: each has few values, and none
 * of them is about anybody.
 */
export const METRICS = {
  readings: describe({
    name: "bg_readings_total",
    unit: "readings",
    type: "counter",
    labels: ["provider", "outcome"],
    meaning:
      "Readings that providers brought and that are on disk. `outcome`: `live`, `late` (older than the source's newest), `backfill`, `revision` (the provider changed its mind), or `duplicate`: known already, nothing was written.",
    whatToDo:
      "`duplicate` is the larger part where polls overlap; that costs reads and no writes. `live` at 0 while sources are connected: look at `bg_source_lag_seconds` and `bg_provider_call_seconds`. Many `revision`: the vendor rewrites its history; readers with `as_of` see what was known before.",
  }),
  setAside: describe({
    name: "bg_set_aside_total",
    unit: "records",
    type: "counter",
    labels: ["reason"],
    meaning:
      "Records that could not become readings and were handed to the store to be kept with their `reason`, as docs/errors.md lists them.",
    whatToDo:
      "A jump means that a vendor changed its format, or that a sender is wrong: GET /api/connections/{userId}/{provider}/set-aside shows the records. After a restart those that come again are counted again.",
  }),
  readingDelay: describe({
    name: "bg_reading_delay_seconds",
    unit: "seconds",
    type: "histogram",
    labels: ["provider"],
    buckets: AGE_SECONDS,
    meaning: "From the measurement of a page's newest reading to its being on disk, where it was news.",
    whatToDo:
      "It holds the vendor's own delay and half a poll interval on average. More than that: `bg_rate_leases_total` with `wait` (too many people for what the provider allows), or slow calls in `bg_provider_call_seconds`.",
  }),
  sources: describe({
    name: "bg_sources",
    unit: "sources",
    type: "gauge",
    labels: ["provider", "state"],
    meaning: "Sources that this process tends, by the state that GET /api/connections/{userId} tells.",
    whatToDo:
      "`failing` or `stopped` of one provider rising together: the vendor is down or has changed; the log says why. `needs_reconnect`: these people have to consent again; many at once mean that the vendor took the application's grant back.",
  }),
  sourceAge: describe({
    name: "bg_source_age_seconds",
    unit: "seconds",
    type: "gauge",
    labels: ["provider", "quantile"],
    meaning: "Freshness: how old the newest reading of a connected source is, as quantiles over all of them; `1` is the oldest.",
    whatToDo:
      "Compare with `bg_source_lag_seconds`, which leaves out what the vendor takes. The `1` is often somebody who wears no sensor.",
  }),
  sourceLag: describe({
    name: "bg_source_lag_seconds",
    unit: "seconds",
    type: "gauge",
    labels: ["provider", "quantile"],
    meaning: "The same, less the time that the vendor takes to show a measurement. Below two poll intervals all is well.",
    whatToDo:
      "The median above two poll intervals: this service or the vendor is behind for everybody. Look at `bg_provider_call_seconds`, `bg_rate_leases_total` and `bg_event_loop_delay_seconds`, in this order.",
  }),
  outbox: describe({
    name: "bg_outbox",
    unit: "days, sources",
    type: "gauge",
    labels: ["of"],
    meaning: "What is stored and was not told to the bus yet: `days` with commits, `states` of sources.",
    whatToDo:
      "Above 0 for longer than a minute: the bus is away, and /readyz says why; or it refuses what one source has to tell, and the log says which. Nothing is lost and reads are right; listeners hear of it when the bus is back.",
  }),
  deliveriesWaiting: describe({
    name: "bg_deliveries_waiting",
    unit: "deliveries",
    type: "gauge",
    labels: [],
    meaning: "Webhook deliveries that were accepted and are not worked on yet. Not there while the queue does not answer.",
    whatToDo: "Rising: the store is away, so that they are held, or more comes than is worked on; `bg_deliveries_total` tells which.",
  }),
  deliveriesSetApart: describe({
    name: "bg_deliveries_set_apart",
    unit: "deliveries",
    type: "gauge",
    labels: [],
    meaning: "Deliveries that can never be taken and are kept for a person to look at.",
    whatToDo: "The sender is wrong, or has the secret of another person: the log names the source and the reason.",
  }),
  deliveriesHeldAge: describe({
    name: "bg_delivery_oldest_held_seconds",
    unit: "seconds",
    type: "gauge",
    labels: [],
    meaning: "How long ago the oldest delivery that this process had to hold was signed; 0 where none is held.",
    whatToDo: "The store is away, or the provider of the delivery is not loaded: /readyz and the log say which.",
  }),
  deliveries: describe({
    name: "bg_deliveries_total",
    unit: "deliveries",
    type: "counter",
    labels: ["provider", "outcome"],
    meaning:
      "Deliveries: `enqueued` and `known` (sent again) when they are taken, `done`, `held` (tried again later) and `set_apart` when they are worked on.",
    whatToDo: "`held` rising: see `bg_delivery_oldest_held_seconds`. `set_apart`: see `bg_deliveries_set_apart`.",
  }),
  deliveryAge: describe({
    name: "bg_delivery_age_seconds",
    unit: "seconds",
    type: "histogram",
    labels: ["provider"],
    buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 3_600, 86_400],
    meaning: "From the signing of a delivery to its being done.",
    whatToDo: "High with `held` at 0: the sender delivers late, or its clock is wrong.",
  }),
  providerCalls: describe({
    name: "bg_provider_call_seconds",
    unit: "seconds",
    type: "histogram",
    labels: ["provider", "call", "outcome"],
    buckets: CALL_SECONDS,
    meaning:
      "Calls of providers; each page is one. `outcome`: `ok`, `retry` (again later), `reconnect` (the person must act), `stop` (somebody must mend it), `refused` (a delivery is not what it says). `oauth.refresh` and `login.renew` are the renewals of credentials.",
    whatToDo:
      "`retry` rising: the vendor is down or slow; polls back off by themselves. `stop`: the vendor changed its format, look for a newer provider package. `oauth.refresh` with `reconnect`: grants are being taken back; those people have to consent again.",
  }),
  providerAnswers: describe({
    name: "bg_provider_http_answers_total",
    unit: "answers",
    type: "counter",
    labels: ["provider", "status"],
    meaning: "Answers of vendors' servers by HTTP status; `none` where there was no answer. 429 is a vendor that throttles.",
    whatToDo:
      "429: the provider's `rateLimit` is set higher than what the vendor allows, or something else uses the same application. 401 and 403: see the renewals in `bg_provider_call_seconds`.",
  }),
  leases: describe({
    name: "bg_rate_leases_total",
    unit: "calls",
    type: "counter",
    labels: ["provider", "purpose", "outcome"],
    meaning:
      "Calls asked of the budget that a provider allows: `granted`, or `wait` where none was left. `purpose`: `live`, `backfill`, `connect`.",
    whatToDo:
      "`wait` of `backfill` is how history leaves room for polls. `wait` of `live` that goes on: more people than the provider allows at this interval; raise POLL_INTERVAL_SECONDS or ask the vendor for more.",
  }),
  budgetLeft: describe({
    name: "bg_rate_budget_left_calls",
    unit: "calls",
    type: "gauge",
    labels: ["provider", "share"],
    meaning:
      "Calls that were left of what a provider allows the application when this process last looked, and what has been added since. `share`: `calls` for polls and history, `connects` for how often somebody may connect.",
    whatToDo: "Near 0 all day: see `bg_rate_leases_total`.",
  }),
  storeCalls: describe({
    name: "bg_store_call_seconds",
    unit: "seconds",
    type: "histogram",
    labels: ["port", "call", "outcome"],
    buckets: CALL_SECONDS,
    meaning:
      "Calls of the store by those who ingest; what is read for an HTTP request is part of `bg_http_request_seconds`. `outcome`: `ok`, `retry` (away or busy), `stop` (wrong, and repeating cannot help).",
    whatToDo:
      "`retry`: the store is away or throttles; ingest waits and loses nothing. `stop`: something stored cannot be read, the log says what. Slow with SQLite: the disk.",
  }),
  busCalls: describe({
    name: "bg_bus_publish_seconds",
    unit: "seconds",
    type: "histogram",
    labels: ["outcome"],
    buckets: CALL_SECONDS,
    meaning: "Batches of events given to the bus, until all of a batch are confirmed.",
    whatToDo: "`retry`: the broker is away; see `bg_outbox`. Slow: the broker's disk, or its memory alarm.",
  }),
  events: describe({
    name: "bg_events_total",
    unit: "events",
    type: "counter",
    labels: ["type"],
    meaning: "Events that the bus has confirmed, repeats included.",
    whatToDo: "Far more than commits: somebody publishes the same again; look for restarts and for `retry` in `bg_bus_publish_seconds`.",
  }),
  scheduled: describe({
    name: "bg_scheduler_sources",
    unit: "sources",
    type: "gauge",
    labels: ["at"],
    meaning: "Sources in the schedule of this process: `waiting` for their time, and `work`: being tended now.",
    whatToDo: "`work` at its most (68) for long: every place is taken, polls come late; see `bg_provider_call_seconds`.",
  }),
  requests: describe({
    name: "bg_http_request_seconds",
    unit: "seconds",
    type: "histogram",
    labels: ["method", "route", "status"],
    buckets: REQUEST_SECONDS,
    meaning: "Requests by the pattern of their route (`none`: no such path), from the end of the headers to the end of the answer.",
    whatToDo: "5xx: `bg_http_shed_total` if they were turned away, else the log. Slow: see `bg_event_loop_delay_seconds`.",
  }),
  shed: describe({
    name: "bg_http_shed_total",
    unit: "requests",
    type: "counter",
    labels: ["reason"],
    meaning:
      "Requests that were turned away to keep the service well, by the kind of docs/errors.md; `too_many_connections` are connections that were closed at once, `slow_reader` those of clients that did not read their answers.",
    whatToDo:
      "`too_many_requests` and `too_many_connections`: one caller asks too much, or everybody behind a proxy that TRUSTED_PROXIES does not name. `overloaded`: more replicas. `request_timeout` and `slow_reader`: slow or broken clients.",
  }),
  inFlight: describe({
    name: "bg_http_in_flight",
    unit: "requests, connections",
    type: "gauge",
    labels: ["of"],
    meaning: "`requests` that are being answered, `connections` that are open.",
    whatToDo: "Near its limit: answers are slow (`bg_http_request_seconds`) or somebody holds connections open.",
  }),
  loopDelay: describe({
    name: "bg_event_loop_delay_seconds",
    unit: "seconds",
    type: "histogram",
    labels: [],
    buckets: LOOP_SECONDS,
    meaning: "The longest delay of the event loop in each second: for so long nobody was answered.",
    whatToDo: "Often above 0.25: this process has more to do than one core can: more replicas, narrower ranges, or a longer poll interval.",
  }),
  cpu: describe({
    name: "process_cpu_seconds_total",
    unit: "seconds",
    type: "counter",
    labels: [],
    meaning: "Processor time that this process used.",
    whatToDo: "Near one second per second: see `bg_event_loop_delay_seconds`.",
  }),
  memory: describe({
    name: "process_resident_memory_bytes",
    unit: "bytes",
    type: "gauge",
    labels: [],
    meaning: "Memory that this process holds.",
    whatToDo: "Rising without end: a leak; restart it and tell us.",
  }),
  heap: describe({
    name: "nodejs_heap_size_used_bytes",
    unit: "bytes",
    type: "gauge",
    labels: [],
    meaning: "Of it, JavaScript objects.",
    whatToDo: "As for the memory.",
  }),
  startTime: describe({
    name: "process_start_time_seconds",
    unit: "seconds",
    type: "gauge",
    labels: [],
    meaning: "When this process started, in seconds since 1970.",
    whatToDo: "Changes often: it dies and is restarted; the last lines of its log say why. Counters begin again at 0.",
  }),
} as const;
