import type { Clock, GlucoseUnit, Span, StandardWebhookUnsignable } from "@bg-ingest/core";
import type { ResultAsync } from "neverthrow";
import { mixText } from "../person/chance.ts";
import { FIVE_MINUTE_SENSOR, ONE_MINUTE_SENSOR, type SensorModel } from "../person/sensor.ts";
import type { Trace } from "../replay/trace.ts";
import type { VendorFetch, VendorResponse } from "../vendor-fetch.ts";
import { jsonAnswer } from "./answer.ts";
import { faultyAnswer, touches } from "./answer-faults.ts";
import { type DeliveryToSign, type SignedDelivery, signDelivery } from "./deliveries.ts";
import { type Cloud, consent, ENDPOINTS, type Subscription } from "./endpoints.ts";
import type { FaultShares } from "./fault.ts";
import { createFaultSwitches, type FaultSwitches } from "./fault-switches.ts";
import { createGrants } from "./grants.ts";
import type { MockRecord } from "./mock-record.ts";
import { createPersonSource } from "./person-source.ts";
import { printPage } from "./readings-page.ts";
import type { RecordSource } from "./record-source.ts";
import { createTraceSource } from "./trace-source.ts";

export interface MockWorldOptions {
  readonly clock: Pick<Clock, "nowMs">;
  /** Tells who everybody is, and where faults strike. */
  readonly seed?: string;
  readonly faults?: FaultShares;
  /** A 5-minute sensor by default; below 300 s it warms up for an hour and keeps exact time. */
  readonly cadenceSeconds?: number;
  readonly unit?: GlucoseUnit;
  /** From a measurement to its being shown. */
  readonly publicationDelaySeconds?: number;
  /** How far back an account goes. */
  readonly historyDays?: number;
  readonly pages?: number;
  readonly shuffle?: boolean;
  /** In place of simulated people: every account shows these recorded readings. */
  readonly trace?: Trace;
  /** Who signs in at the consent page, where the URL has no `login_hint`. */
  readonly consentAs?: string;
}

/** A vendor's cloud in this process. */
export interface MockWorld {
  /** All of the vendor's API. */
  readonly fetch: VendorFetch;
  readonly faults: FaultSwitches;
  /** All readings of an account in a span: shown or not yet, and whatever the faults make of them. */
  records(account: string, span: Span): readonly MockRecord[];
  /** The text of one page with all of them. */
  page(account: string, span: Span): string;
  /** What a browser would do with an authorisation URL: consent, and come back with a code. */
  consent(authorizationUrl: URL): URL;
  /** The person takes back every access to the account. */
  revoke(account: string): void;
  /** A webhook's body and headers as the vendor would send them now. */
  signDelivery(delivery: DeliveryToSign): ResultAsync<SignedDelivery, StandardWebhookUnsignable>;
  subscriptionOf(account: string): Subscription | undefined;
}

export function createMockWorld(options: MockWorldOptions): MockWorld {
  const seed = mixText(0, options.seed ?? "1");
  const nowMs = () => options.clock.nowMs();
  const faults = createFaultSwitches(options.faults ?? {});
  const source = createSource(options, seed);
  const cloud: Cloud = {
    source,
    faults,
    seed,
    paging: { pages: options.pages ?? 1, shuffle: options.shuffle ?? false },
    grants: createGrants(seed, () => Math.floor(nowMs() / 1000)),
    consentAs: options.consentAs ?? "demo",
    subscriptions: new Map(),
  };
  return {
    fetch: createVendorFetch(cloud, nowMs),
    faults,
    records: (account, { from, to }) => source.records(account, from, to),
    page: (account, { from, to }) => printPage(seed, account, source.records(account, from, to), null),
    consent: (url) => consent(cloud, url),
    revoke: (account) => cloud.grants.revoke(account),
    signDelivery: (delivery) => signDelivery(cloud, delivery, nowMs()),
    subscriptionOf: (account) => cloud.subscriptions.get(account),
  };
}

function createSource(options: MockWorldOptions, seed: number): RecordSource {
  if (options.trace !== undefined) return createTraceSource(options.trace);
  return createPersonSource({
    seed,
    sensor: sensorOf(options.cadenceSeconds ?? 300),
    unit: options.unit ?? "mg/dL",
    publicationDelaySeconds: options.publicationDelaySeconds ?? 0,
    historyDays: options.historyDays ?? 14,
  });
}

function sensorOf(cadenceSeconds: number): SensorModel {
  return { ...(cadenceSeconds < 300 ? ONE_MINUTE_SENSOR : FIVE_MINUTE_SENSOR), cadenceSeconds };
}

function createVendorFetch(cloud: Cloud, nowMs: () => number): VendorFetch {
  let requests = 0;
  return async (address, request): Promise<VendorResponse> => {
    if (request.signal?.aborted) throw request.signal.reason;
    const url = new URL(address);
    const asked = { number: requests++, path: url.pathname, request, nowMs: nowMs() };
    const faulty = faultyAnswer(asked, cloud.faults, cloud.seed);
    if (faulty !== undefined) return faulty;
    const endpoint = ENDPOINTS[`${request.method} ${url.pathname}`];
    const truth = endpoint === undefined ? jsonAnswer(404, { error: "not_found" }) : await endpoint(cloud, asked, url);
    if (touches(cloud.faults, "lost_answers", cloud.seed, asked.number)) throw new TypeError("terminated");
    return truth;
  };
}
