import { createDexcomSimulator, DEFAULT_CLIENT, type DexcomSimulator, type DexcomSimulatorOptions } from "../../src/index.ts";

const ORIGIN = "https://sandbox-api.dexcom.com";
export const REDIRECT_URI = "http://localhost:5001/api/oauth/dexcom/callback";
export const NOW_MS = Date.UTC(2026, 2, 10, 12);

export interface World {
  readonly simulator: DexcomSimulator;
  /** Lets time go by. */
  pass(seconds: number): void;
}

/** A simulator whose clock stands at noon until it is told to pass. */
export function createWorld(options: Omit<DexcomSimulatorOptions, "clock"> = {}, startMs = NOW_MS): World {
  let ms = startMs;
  return {
    simulator: createDexcomSimulator({ ...options, clock: { nowMs: () => ms } }),
    pass: (seconds) => {
      ms += seconds * 1000;
    },
  };
}

export function authorizationUrl(changes: Readonly<Record<string, string | null>> = {}): URL {
  const url = new URL("/v3/oauth2/login", ORIGIN);
  const asked: Readonly<Record<string, string | null>> = {
    client_id: DEFAULT_CLIENT.clientId,
    redirect_uri: REDIRECT_URI,
    response_type: "code",
    scope: "offline_access",
    state: "a state",
    ...changes,
  };
  for (const [name, value] of Object.entries(asked)) if (value !== null) url.searchParams.set(name, value);
  return url;
}

/** A code, as the callback of the application gets it. */
export function consentedCode({ simulator }: World, user: string): string {
  return simulator.consent(authorizationUrl(), { user })._unsafeUnwrap().searchParams.get("code") ?? "";
}

export function askForTokens(
  { simulator }: World,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const { clientId, clientSecret } = DEFAULT_CLIENT;
  const body = new URLSearchParams({ client_id: clientId, client_secret: clientSecret, ...form });
  return simulator.fetch(`${ORIGIN}/v3/oauth2/token`, { method: "POST", body, headers });
}

export function exchange(world: World, code: string): Promise<Response> {
  return askForTokens(world, { grant_type: "authorization_code", code, redirect_uri: REDIRECT_URI });
}

export function refresh(world: World, refreshToken: string): Promise<Response> {
  return askForTokens(world, { grant_type: "refresh_token", refresh_token: refreshToken });
}

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

export async function tokensOf(answer: Response | Promise<Response>): Promise<Tokens> {
  return (await (await answer).json()) as Tokens;
}

/** What a user's browser and the application do together. */
export function connected(world: World, user: string): Promise<Tokens> {
  return tokensOf(exchange(world, consentedCode(world, user)));
}

/** `path`: after `/v3/users/self/`. */
export function getData({ simulator }: World, { access_token }: Pick<Tokens, "access_token">, path: string): Promise<Response> {
  return simulator.fetch(`${ORIGIN}/v3/users/self/${path}`, { headers: { authorization: `Bearer ${access_token}` } });
}

/** A window in seconds since the epoch, as it stands in the query of a data endpoint. */
export function windowPath(endpoint: string, from: number, to: number): string {
  return `${endpoint}?startDate=${plainDate(from)}&endDate=${plainDate(to)}`;
}

function plainDate(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19);
}

/** The records of a page as they stand there. */
export async function recordsIn(answer: Response | Promise<Response>): Promise<readonly Record<string, unknown>[]> {
  const page = (await (await answer).json()) as { readonly records: readonly Record<string, unknown>[] };
  return page.records;
}

/** The error of an answer in RFC form. */
export async function errorIn(answer: Response | Promise<Response>): Promise<unknown> {
  return ((await (await answer).json()) as { readonly error?: unknown }).error;
}
