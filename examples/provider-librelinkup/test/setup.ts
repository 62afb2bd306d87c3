import type { Call, Clock, Credentials, Instant, Logger, Span } from "@bg-ingest/core";
import { createManualTime } from "@bg-ingest/core/testing";
import { provider } from "../src/index.ts";
import { fetchFrom } from "../stub/serve.ts";
import { type Account, createStubLinkUp } from "../stub/stub-linkup.ts";
import { FOLLOWER } from "../stub/town.ts";

/** 2026-02-03T04:05:06Z */
export const NOW = 1_770_091_506;

export const CONFIG = { apiUrl: "http://127.0.0.1/global", regionUrl: "http://127.0.0.1/{region}" };

export const call: Call = { signal: new AbortController().signal };
export const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export type Settings = Readonly<Record<string, string>>;

export function createLinkUp(fetch: typeof globalThis.fetch, clock: Clock, settings: Settings = {}) {
  const config = provider.configSchema.parse({ ...CONFIG, ...settings });
  return provider.create(config, { fetch, clock, logger: silent })._unsafeUnwrap();
}

/** The provider before a cloud where these people have accounts, and time that stands still. */
export function beforeStub(accounts: readonly Account[] = [FOLLOWER], settings: Settings = {}) {
  const time = createManualTime(NOW * 1_000);
  const stub = createStubLinkUp({ nowMs: time.nowMs, accounts });
  return { stub, time, linkUp: createLinkUp(fetchFrom(stub), time, settings) };
}

/** The provider before a cloud that answers everything alike. */
export function beforeAnswer(answer: () => Response) {
  return createLinkUp(async () => answer(), createManualTime(NOW * 1_000));
}

export const fieldsOf = ({ email, password }: Account) => ({ email, password });

export const lastHours: Span = { from: (NOW - 6 * 3_600) as Instant, to: NOW as Instant };

export const someCredentials: Credentials = {
  value: {
    baseUrl: "http://127.0.0.1/eu",
    token: "token",
    accountId: "0".repeat(64),
    patientId: "patient",
    email: "follower@example.org",
    password: "stub-password-4711",
  },
  expiresAt: null,
};

/** The one page that there is. */
export async function pollOnce(linkUp: ReturnType<typeof createLinkUp>, credentials: Credentials) {
  for await (const page of linkUp.poll.fetchPages({ window: lastHours, credentials }, call)) return page;
  throw new Error("there was no page");
}
