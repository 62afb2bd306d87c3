/** What must never be read where it does not belong. */
export interface Canaries {
  /** Tokens, codes, states, keys, passwords: of 12 characters and more. */
  readonly secrets: Iterable<string>;
  /** Glucose as numbers that mean nothing else here, such as `373` or `20.7`. */
  readonly values?: readonly string[];
}

/** Of a secret cut short, so much is enough to be found; by chance nothing else holds it. */
const FRAGMENT = 12;

/** What of the canaries stands in which line: as it is, inside a URL, in base64 (whatever stands before it there), whole or a piece of it. */
export function leaksIn(lines: readonly string[], { secrets, values = [] }: Canaries): readonly string[] {
  const fragments = fragmentsOf([...secrets, ...values.map((value) => `"value":${value},`)]);
  const numbers = values.map((value) => [value, numberPattern(value)] as const);
  return lines.flatMap((line) => {
    const told = withoutTimes(line);
    const found = new Set<string>(numbers.filter(([, pattern]) => pattern.test(told)).map(([value]) => value));
    for (let at = 0; at + FRAGMENT <= line.length; at++) {
      const secret = fragments.get(line.slice(at, at + FRAGMENT));
      if (secret !== undefined) found.add(secret);
    }
    return [...found].map((canary) => `${canary} in ${line}`);
  });
}

/** Every way in which a text may stand in another one. */
export function spellingsOf(text: string): readonly string[] {
  const inUrl = encodeURIComponent(text);
  const base64 = [0, 1, 2].flatMap((before) => insideBase64(text, before));
  return [text, JSON.stringify(text).slice(1, -1), inUrl, inUrl.replaceAll("%20", "+"), Buffer.from(text).toString("hex"), ...base64];
}

/** The head, the middle and the tail of every spelling, with what they are of. */
function fragmentsOf(texts: readonly string[]): ReadonlyMap<string, string> {
  const fragments = new Map<string, string>();
  for (const text of texts) {
    if (text.length < FRAGMENT) throw new Error(`"${text}" is too short to be looked for.`);
    for (const spelling of spellingsOf(text))
      for (const at of [0, Math.floor((spelling.length - FRAGMENT) / 2), spelling.length - FRAGMENT])
        fragments.set(spelling.slice(at, at + FRAGMENT), text);
  }
  return fragments;
}

/** What depends on the text alone where so many bytes modulo 3 stand before it. */
function insideBase64(text: string, before: number): readonly string[] {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]);
  const span = [before === 0 ? 0 : before + 1, Math.floor((bytes.length * 8) / 6)] as const;
  return (["base64", "base64url"] as const).map((encoding) => bytes.toString(encoding).slice(...span));
}

/** Not within a longer number, a time or a random id. */
function numberPattern(value: string): RegExp {
  return new RegExp(`(?<![\\w.-]|\\d:)${value.replace(".", "[.,]")}(?![\\w:-]|[.,]\\d)`);
}

/** When a line was written and how long something takes may be any number. */
function withoutTimes(line: string): string {
  return line.replace(/"(?:time|next_attempt_at)":"[^"]*"/g, "").replace(/"(?:ms|wait_ms)":[\d.]+/g, "");
}
