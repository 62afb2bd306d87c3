/** One line of the exposition, read. */
interface Sample {
  /** Of the metric that it belongs to: without `_bucket` and the like. */
  readonly metric: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Exposition {
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly Sample[];
  /** The sum of all samples of a name that bear these labels; `null` where there is none. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number | null;
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const VALUE = "[+-]?Inf|NaN|[+-]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:[eE][+-]?\\d+)?";
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)?,?\\})? (${VALUE})$`);
const COMMENT = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`);
const TYPES = new Set(["counter", "gauge", "histogram", "summary", "untyped"]);

/**
 * Reads the text format of Prometheus, version 0.0.4, as strictly as it is written:
 * https://prometheus.io/docs/instrumenting/exposition_formats/. Throws at the first thing that a scraper might stumble over.
 */
export function parseExposition(text: string): Exposition {
  if (!text.endsWith("\n")) throw new Error("The last line does not end.");
  const types = new Map<string, string>();
  const described = new Set<string>();
  const samples: Sample[] = [];
  const series = new Set<string>();
  let current: string | null = null;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    if (line.startsWith("#")) {
      const [, what, name = "", rest = ""] = COMMENT.exec(line) ?? fail("No such comment", line);
      if (what === "TYPE" && (types.has(name) || !TYPES.has(rest))) fail("A type that was told before, or is none", line);
      if (what === "HELP" && described.has(name)) fail("Described twice", line);
      if (what === "TYPE") types.set(name, rest);
      else described.add(name);
      if (name !== current && samples.some(({ metric }) => metric === name)) fail("Its lines are not together", line);
      current = name;
      continue;
    }
    const sample = readSample(line, types);
    if (sample.metric !== current) fail("It does not follow its own description", line);
    const key = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).sort())}`;
    if (series.has(key)) fail("The same series twice", line);
    series.add(key);
    samples.push(sample);
  }
  for (const [name, type] of types) if (type === "histogram") checkHistogram(samples.filter(({ metric }) => metric === name));
  for (const each of samples) if (types.get(each.metric) === "counter" && !(each.value >= 0)) fail("A counter below nought", each.name);
  return {
    types,
    samples,
    sum(name, labels = {}) {
      const found = samples.filter(
        (sample) => sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
      );
      return found.length === 0 ? null : found.reduce((sum, { value }) => sum + value, 0);
    },
  };
}

function readSample(line: string, types: ReadonlyMap<string, string>): Sample {
  const [, name = "", labelText = "", value = ""] = SAMPLE.exec(line) ?? fail("No sample", line);
  const pairs = [...labelText.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = "", of = ""]) => [label, unescaped(of)] as const);
  if (new Set(pairs.map(([label]) => label)).size !== pairs.length) fail("A label twice", line);
  const base = name.replace(/_(bucket|sum|count)$/, "");
  const metric = types.get(base) === "histogram" && base !== name ? base : name;
  if (!types.has(metric)) fail("A sample without a type", line);
  return {
    metric,
    name,
    labels: Object.fromEntries(pairs),
    value: value.endsWith("Inf") ? Number(value.replace("Inf", "Infinity")) : Number(value),
  };
}

function unescaped(text: string): string {
  return text.replace(/\\(["\\n])/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
}

/** Buckets that count upward and end with all of them, a sum and a count of each. */
function checkHistogram(samples: readonly Sample[]): void {
  const ofSeries = Map.groupBy(samples, ({ labels: { le: _, ...rest } }) => JSON.stringify(Object.entries(rest).sort()));
  for (const [labels, all] of ofSeries) {
    const buckets = all.filter(({ name }) => name.endsWith("_bucket"));
    const bounds = buckets.map((bucket) => Number((bucket.labels["le"] ?? "").replace("Inf", "Infinity")));
    if (bounds.some((bound, i) => !(bound > (bounds[i - 1] ?? -Infinity)))) fail("Bounds that do not rise", labels);
    if (buckets.some(({ value }, i) => value < (buckets[i - 1]?.value ?? 0))) fail("Buckets that do not add up", labels);
    const counts = all.filter(({ name }) => name.endsWith("_count"));
    const sums = all.filter(({ name }) => name.endsWith("_sum"));
    if (counts.length !== 1 || sums.length !== 1) fail("Not one count and one sum", labels);
    if (bounds.at(-1) !== Infinity || buckets.at(-1)?.value !== counts[0]?.value) fail("The last bucket does not hold all", labels);
  }
}

function fail(what: string, where: string): never {
  throw new Error(`${what}: ${where}`);
}
