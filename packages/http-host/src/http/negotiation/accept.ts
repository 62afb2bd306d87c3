import type { Problem } from "../problem/problem.ts";

/**
 * The media type to answer with, `null` if none of those offered is accepted (RFC 9110, 12.5.1). The most specific range that fits an
 * offer tells how welcome it is; among equals the one offered first is taken. Parameters beside `q` are not looked at.
 */
export function acceptedOf<T extends string>(accept: string | undefined, offers: readonly [T, ...T[]]): T | null {
  if (accept === undefined || accept.trim() === "" || accept === "*/*") return offers[0];
  const ranges = accept.split(",").flatMap(parseRange);
  let best: T | null = null;
  let bestQuality = 0;
  for (const offer of offers) {
    const quality = qualityOf(offer, ranges);
    if (quality > bestQuality) {
      best = offer;
      bestQuality = quality;
    }
  }
  return best;
}

export function notAcceptable(offers: readonly string[]): Problem {
  return { kind: "not_acceptable", detail: `This path answers with ${offers.join(", ")}.` };
}

interface AcceptedRange {
  readonly type: string;
  readonly quality: number;
}

/** A range that cannot be read accepts nothing. */
function parseRange(text: string): readonly AcceptedRange[] {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  if (!/^[^\s/]+\/[^\s/]+$/.test(type)) return [];
  const weight = parameters.find((parameter) => parameter.startsWith("q="));
  if (weight === undefined) return [{ type, quality: 1 }];
  return /^q=(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(weight) ? [{ type, quality: Number(weight.slice(2)) }] : [];
}

function qualityOf(offer: string, ranges: readonly AcceptedRange[]): number {
  const family = `${offer.slice(0, offer.indexOf("/"))}/*`;
  for (const type of [offer, family, "*/*"]) {
    const fitting = ranges.filter((range) => range.type === type);
    if (fitting.length > 0) return Math.max(...fitting.map(({ quality }) => quality));
  }
  return 0;
}
