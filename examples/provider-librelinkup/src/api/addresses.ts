/** Scheme, host and perhaps a path, no slash at its end; `null` for what passwords must not be sent to: anything but https, unless it stays on this machine. */
export function parseAddress(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const isPlain = url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  if (!isPlain || !(url.protocol === "https:" || isOnThisMachine(url))) return null;
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

function isOnThisMachine(url: URL): boolean {
  return url.protocol === "http:" && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
}

const PLACE = "{region}";

export function isRegionTemplate(text: string): boolean {
  return text.includes(PLACE) && parseAddress(text.replaceAll(PLACE, "eu")) !== null;
}

/** `eu`, `eu2`, `de`, … */
const REGION = /^[a-z]{2,8}\d?$/;

/** Where a region's accounts are; `null` if the name is none, for a password would be sent wherever it leads. */
export function regionAddress(template: string, region: string): string | null {
  const name = region.toLowerCase();
  return REGION.test(name) ? parseAddress(template.replaceAll(PLACE, name)) : null;
}
