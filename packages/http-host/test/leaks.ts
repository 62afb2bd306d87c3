/** What must never be read where it does not belong. */
export interface Canaries {
  /** Tokens, codes, passwords, keys: as they are, and as they stand in a URL. */
  readonly secrets: ReadonlySet<string>;
  /** Glucose, in either unit, as numbers that mean nothing else here. */
  readonly values: readonly string[];
}

const SHORTEST_SECRET = 6;
/** Half a token is one too. */
const HALF = 24;

/** The lines in which a canary is, with what it is. */
export function leaksIn(lines: readonly string[], { secrets, values }: Canaries): readonly string[] {
  const spellings = [...secrets]
    .filter(({ length }) => length >= SHORTEST_SECRET)
    .flatMap((each) => [each, encodeURIComponent(each)].map((text) => text.slice(0, HALF)));
  const numbers = values.map(wholeNumber);
  return lines.flatMap((line) => {
    const told = withoutTimes(line);
    const found = [...spellings.filter((each) => told.includes(each)), ...values.filter((_, at) => numbers[at]?.test(told))];
    return found.map((canary) => `${canary} in ${line}`);
  });
}

/** A number by itself: not within a longer one, a time, a place in a file or a random id. */
export function wholeNumber(value: string): RegExp {
  return new RegExp(`(?<![\\w.-]|\\d:)${value.replace(".", "[.,]")}(?![\\w:-]|[.,]\\d)`);
}

/** When a line was written and how long something took may be any number. */
function withoutTimes(line: string): string {
  return line.replace(/"time":"[^"]*"/g, "").replace(/"(?:ms|wait_ms)":[\d.]+/g, "");
}
