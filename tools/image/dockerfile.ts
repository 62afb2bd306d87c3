/** One instruction of a Dockerfile, its lines joined: `COPY --from=build a b` is `COPY`, `{ from: "build" }` and `a b`. */
export interface Instruction {
  readonly keyword: string;
  readonly flags: ReadonlyMap<string, string>;
  readonly rest: string;
}

export interface Stage {
  /** The image or the earlier stage that it goes on from. */
  readonly base: string;
  /** `null`: nobody refers to it. */
  readonly name: string | null;
  readonly instructions: readonly Instruction[];
}

const KNOWN = ["COPY", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "RUN", "USER", "VOLUME", "WORKDIR"];

/** The stages in order. Throws at what this reader does not know: nothing of a Dockerfile is passed over in silence. */
export function parseDockerfile(text: string): readonly Stage[] {
  const stages: (Stage & { readonly instructions: Instruction[] })[] = [];
  for (const { keyword, flags, rest } of instructionsOf(text)) {
    const current = stages.at(-1);
    if (keyword === "FROM") {
      const [base = "", as, name] = rest.split(/\s+/);
      if (as !== undefined && as.toUpperCase() !== "AS") throw new Error(`FROM ${rest}: expected AS.`);
      stages.push({ base, name: name ?? null, instructions: [] });
    } else if (current === undefined) throw new Error(`${keyword} stands before the first FROM.`);
    else if (KNOWN.includes(keyword)) current.instructions.push({ keyword, flags, rest });
    else throw new Error(`${keyword} is not known here.`);
  }
  return stages;
}

function* instructionsOf(text: string): Generator<Instruction> {
  const lines = text.split("\n").filter((line) => !/^\s*(#|$)/.test(line));
  const joined = lines.join("\n").replaceAll(/\\\n\s*/g, "");
  for (const line of joined.split("\n")) {
    const [, keyword = "", words = ""] = /^\s*(\w+)\s+(.*)$/.exec(line) ?? [];
    const [flagWords = "", rest = ""] = splitFlags(words);
    const flags = [...flagWords.matchAll(/--([\w-]+)=(\S+)/g)].map(([, name = "", value = ""]) => [name, value] as const);
    yield { keyword: keyword.toUpperCase(), flags: new Map(flags), rest: rest.trim() };
  }
}

function splitFlags(words: string): readonly [string, string] {
  const flags = /^(--[\w-]+=\S+\s+)*/.exec(words)?.[0] ?? "";
  return [flags, words.slice(flags.length)];
}

/** `["a", "b"]`. Throws at the other form, which would put a shell between the signal and the service. */
export function wordsOf({ keyword, rest }: Instruction): readonly string[] {
  const words: unknown = rest.startsWith("[") ? JSON.parse(rest) : null;
  if (Array.isArray(words) && words.every((word) => typeof word === "string")) return words;
  throw new Error(`${keyword} ${rest}: it has to be a list of words in JSON.`);
}

/** `A=1 B="two words"`. */
export function pairsOf({ rest }: Instruction): Readonly<Record<string, string>> {
  return Object.fromEntries([...rest.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S+))/g)].map(([, name, quoted, bare]) => [name, quoted ?? bare]));
}
