/** Where the API of each region answers. An account lives in one region, and an application is registered in each by itself. */
const REGIONS = {
  us: "https://api.dexcom.com",
  eu: "https://api.dexcom.eu",
  jp: "https://api.dexcom.jp",
  sandbox: "https://sandbox-api.dexcom.com",
} as const;

export type Region = keyof typeof REGIONS;

export const REGION_NAMES = Object.keys(REGIONS) as readonly Region[];

/** Where to ask. `region`: `null` at an address that is none of Dexcom's own. */
export interface ApiAddress {
  /** Scheme, host and perhaps a path; no slash at its end. */
  readonly baseUrl: string;
  readonly region: Region | null;
}

/** A region's name or an address; `null` for what tokens must not be sent to: anything but https, unless it stays on this machine. */
export function parseApiAddress(text: string): ApiAddress | null {
  const named = REGION_NAMES.find((name) => name === text);
  if (named !== undefined) return { baseUrl: REGIONS[named], region: named };
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const isPlain = url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  if (!isPlain || !(url.protocol === "https:" || isOnThisMachine(url))) return null;
  const baseUrl = `${url.origin}${url.pathname}`.replace(/\/+$/, "");
  return { baseUrl, region: REGION_NAMES.find((name) => REGIONS[name] === baseUrl) ?? null };
}

/** Whether requests to it go unencrypted and never leave this machine. */
export function isOnThisMachine(url: URL): boolean {
  return url.protocol === "http:" && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
}
