import type { Call, Credentials, Instant, Logger, Span } from "@bg-ingest/core";
import { createManualTime } from "@bg-ingest/core/testing";
import { provider } from "../src/index.ts";

/** 2026-02-03T04:05:06Z */
export const NOW = 1_770_091_506 as Instant;
export const HOUR = 3600;
export const EU = "https://api.dexcom.eu";
/** Texts that occur nowhere else, to be looked for where no secret may be. */
export const SECRET = "canary-client-secret-5f1d";
export const ACCESS_TOKEN = "canary-access-token-77aa";
export const REFRESH_TOKEN = "canary-refresh-token-91bc";
export const REDIRECT_URI = "http://localhost:5001/api/oauth/dexcom/callback";

export const call: Call = { signal: new AbortController().signal };
const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export function spanBefore(now: number, seconds: number): Span {
  return { from: (now - seconds) as Instant, to: now as Instant };
}

/** What was sent to Dexcom. */
interface SentRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly form: URLSearchParams;
  readonly redirect: RequestInit["redirect"];
}

type Answer = Response | Error | ((request: SentRequest) => Response | Promise<Response>);

export type Settings = Partial<Record<keyof typeof provider.configSchema.shape, string>>;

/** The provider with a Dexcom that gives these answers, one after another, and time that stands still at `NOW`. */
export function connectDexcom(answers: readonly Answer[] = [], settings: Settings = {}) {
  const sent: SentRequest[] = [];
  const left = [...answers];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request: SentRequest = {
      method: init?.method ?? "GET",
      url: new URL(String(input)),
      headers: new Headers(init?.headers),
      form: new URLSearchParams(init?.body instanceof URLSearchParams ? init.body : ""),
      redirect: init?.redirect,
    };
    sent.push(request);
    init?.signal?.throwIfAborted();
    const answer = left.shift();
    if (answer === undefined) throw new Error(`no answer is left for ${request.url.pathname}`);
    if (answer instanceof Error) throw answer;
    return typeof answer === "function" ? answer(request) : answer;
  };
  const time = createManualTime(NOW * 1000);
  const config = provider.configSchema.parse({
    clientId: "client-1",
    clientSecret: SECRET,
    redirectUri: REDIRECT_URI,
    apiBaseUrl: "eu",
    ...settings,
  });
  const dexcom = provider.create(config, { fetch, clock: time, logger: silent })._unsafeUnwrap();
  return { dexcom, sent, time };
}

export const credentials: Credentials = {
  value: { baseUrl: EU, accessToken: ACCESS_TOKEN, refreshToken: REFRESH_TOKEN },
  expiresAt: (NOW + 7200) as Instant,
};

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });
}

export function html(status: number, headers: Record<string, string> = {}): Response {
  return new Response("<html><body>Bad gateway</body></html>", { status, headers: { "content-type": "text/html", ...headers } });
}

export function envelope(records: readonly unknown[], userId: string | null = "user-1") {
  return { recordType: "egv", recordVersion: "3.0", userId, records };
}

/** An EGV as Dexcom prints it today. */
export const EGV = {
  recordId: "6bd8569e-fe1a-4140-a6f5-d21103ce947c",
  systemTime: "2025-01-30T23:49:55Z",
  displayTime: "2025-01-30T15:49:55-08:00",
  transmitterId: "a".repeat(64),
  transmitterTicks: 85273,
  value: 101,
  status: null,
  trend: "flat",
  trendRate: 0.3,
  unit: "mg/dL",
  rateUnit: "mg/dL/min",
  displayDevice: "iOS",
  transmitterGeneration: "g7",
  displayApp: "G7",
};
