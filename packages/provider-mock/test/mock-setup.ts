import type { Call, Credentials, Instant, Logger, ProviderError, ProviderPage, Span } from "@bg-ingest/core";
import { createManualTime, type ManualTime } from "@bg-ingest/core/testing";
import type { Result } from "neverthrow";
import { createMockProvider, createMockWorld, type MockWorld, type MockWorldOptions, provider } from "../src/index.ts";

/** 2026-02-03T04:05:06Z */
export const NOW = 1_770_091_506 as Instant;
export const HOUR = 3600;
export const DAY = 86_400;

export const call: Call = { signal: new AbortController().signal };

export const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export function spanBefore(now: number, seconds: number): Span {
  return { from: (now - seconds) as Instant, to: now as Instant };
}

export type Settings = Parameters<typeof provider.configSchema.parse>[0];
export type CreatedProvider = ReturnType<ReturnType<ReturnType<typeof createMockProvider>["create"]>["_unsafeUnwrap"]>;

/** A world, a provider that shares it, and time that stands still at `NOW`. */
export function connectMock(options: Omit<MockWorldOptions, "clock"> = {}) {
  const time = createManualTime(NOW * 1000);
  const world = createMockWorld({ clock: time, ...options });
  return { time, world, mock: createdFor(world, time) };
}

export function createdFor(world: MockWorld, clock: ManualTime, settings: Settings = {}): CreatedProvider {
  const config = provider.configSchema.parse(settings);
  return createMockProvider({ world }).create(config, { fetch, clock, logger: silent })._unsafeUnwrap();
}

/** A demonstration login: its key never expires. */
export async function demoCredentials(mock: CreatedProvider, user = "demo"): Promise<Credentials> {
  return (await mock.login.login({ user, password: "" }, call))._unsafeUnwrap().credentials;
}

/** Every page of a window, the failure included if there is one. */
export async function pagesOf(
  mock: CreatedProvider,
  window: Span,
  credentials: Credentials,
): Promise<readonly Result<ProviderPage, ProviderError>[]> {
  const pages: Result<ProviderPage, ProviderError>[] = [];
  for await (const page of mock.poll.fetchPages({ window, credentials }, call)) pages.push(page);
  return pages;
}

/** A window that arrives whole. */
export async function fetched(mock: CreatedProvider, window: Span, user = "demo"): Promise<Pick<ProviderPage, "readings" | "rejected">> {
  const pages = (await pagesOf(mock, window, await demoCredentials(mock, user))).map((page) => page._unsafeUnwrap());
  return { readings: pages.flatMap((page) => page.readings), rejected: pages.flatMap((page) => page.rejected) };
}

/** The one failure that a window ends with. */
export async function failureOf(mock: CreatedProvider, window: Span, user = "demo"): Promise<ProviderError> {
  const pages = await pagesOf(mock, window, await demoCredentials(mock, user));
  const last = pages.at(-1);
  if (last === undefined || last.isOk()) throw new Error("the window did not fail");
  return last.error;
}
