import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { freePorts } from "../free-ports.ts";
import { createStranger, printedBy, type Stranger, strangersEnvironment } from "./create-stranger.ts";
import { type Started, started } from "./started.ts";

interface Step {
  readonly line: number;
  readonly language: string;
  /** A file to write; for commands, how they are meant. */
  readonly about: string;
  readonly text: string;
}

const repository = join(import.meta.dirname, "../..");
/** It installs, compiles and tests several times over: on a machine at work with much else, minutes for each. */
const LONGEST_MS = 1_200_000;
const packed = inject("packed");
const terminals: Started[] = [];
let home: Stranger;
let steps: readonly Step[];
let ports: { readonly service: number; readonly cloud: number };

beforeAll(async () => {
  home = createStranger();
  mkdirSync(join(home.folder, "bg-ingest-packed"));
  for (const { tarball } of packed) cpSync(tarball, join(home.folder, "bg-ingest-packed", basename(tarball)));
  const [service, cloud] = (await freePorts(2)) as [number, number];
  ports = { service, cloud };
  steps = stepsOf(readFileSync(join(repository, "docs/writing-a-provider.md"), "utf8"));
});

afterAll(async () => {
  for (const terminal of terminals.toReversed()) await terminal.stop();
  home.leave();
});

/** What is fenced, in order. The ports of the page may be taken here: others stand in their place. */
function stepsOf(page: string): readonly Step[] {
  const fences = [...page.matchAll(/^```(\w+)(?: (.+))?\n([\s\S]*?)^```$/gm)];
  return fences.map(({ 1: language = "", 2: about = "", 3: text = "", index }) => ({
    line: page.slice(0, index).split("\n").length,
    language,
    about,
    text: text.replaceAll("5001", String(ports.service)).replaceAll("4010", String(ports.cloud)),
  }));
}

function environment(): Record<string, string> {
  const cache = process.env["npm_config_cache"] ?? join(homedir(), ".npm");
  return {
    ...strangersEnvironment(),
    HOME: home.folder,
    npm_config_cache: cache,
    npm_config_prefer_offline: "true",
    PORT: String(ports.service),
  };
}

/** Runs commands as somebody would type them, and answers what they print and where they lead. */
function typed(folder: string, { line, text }: Step): { readonly printed: string; readonly folder: string } {
  const script = `set -eu\n${text}\nprintf '\\n%s' "$PWD"`;
  try {
    const printed = execFileSync("bash", ["-c", script], {
      cwd: folder,
      env: environment(),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    const end = printed.lastIndexOf("\n");
    return { printed: printed.slice(0, end), folder: printed.slice(end + 1) };
  } catch (cause) {
    throw new Error(`docs/writing-a-provider.md:${line} fails:\n${text}\n${printedBy(cause)}`, { cause });
  }
}

function inTerminal(folder: string, text: string): Promise<Started> {
  return started("bash", ["-c", text], { cwd: folder, env: environment(), detached: true }, (said) => /ready at/i.test(said));
}

it(
  "docs/writing-a-provider.md leads from an empty folder to a service that reads Acme's cloud, word by word",
  async () => {
    let folder = home.folder;
    const printed: string[] = [];
    for (const step of steps) {
      if (step.language !== "sh") {
        mkdirSync(join(folder, step.about, ".."), { recursive: true });
        writeFileSync(join(folder, step.about), step.text);
      } else if (step.about === "terminal") terminals.push(await inTerminal(folder, step.text));
      else if (step.about === "eventually") await expect.poll(() => printsSomething(folder, step)).toBe(true);
      else if (step.about === "") {
        const done = typed(folder, step);
        printed.push(done.printed);
        folder = done.folder;
      } else expect(step.about).toBe("clone");
    }

    const [, cases] = /^# pass (\d+)$|ℹ pass (\d+)/m.exec(printed.join("\n"))?.filter((each) => each !== undefined) ?? [];
    expect(Number(cases)).toBeGreaterThan(30);
    const { connections } = JSON.parse(printed.at(-1) ?? "");
    expect(connections).toMatchObject([{ provider: "acme", display_name: "Acme CGM", last_error: null }]);
    const [cloud, service] = terminals.map((terminal) => terminal.said());
    expect(cloud).toContain("Acme is ready");
    expect(service).toContain("Provider Acme CGM is ready.");
    expect(service).not.toMatch(/acme-(application-key|session-token|renewal-token)-\d|correct-horse/);
    const [tests, withoutKey] = await Promise.all([testsOnceMore(), saidWithoutKey(folder)]);
    expect(tests).toMatch(/pass \d\d/);
    expect(withoutKey).toMatch(/PROVIDERS names it, so it must be configured: set ACME_APPLICATION_KEY\./);
    expect(firstPageAlone).toThrow(/pages of a window together hold exactly[\s\S]*missing: \d+ of \d+/);
  },
  LONGEST_MS,
);

/** What the page says of a key that is left out. */
function saidWithoutKey(folder: string): Promise<string> {
  const text = textOf(({ about, text }) => about === "terminal" && text.includes("npx bg-ingest"));
  const without = text.replace(/ACME_APPLICATION_KEY=\S+ /, "DATA_DIR=elsewhere ");
  return inTerminal(folder, without).then(() => "", String);
}

/** The author's tests, while Acme's cloud listens: they end by themselves and start nothing else that lies beside them. */
async function testsOnceMore(): Promise<string> {
  const options = { cwd: join(home.folder, "bg-ingest-provider-acme"), env: environment(), detached: true };
  const tests = await started("bash", ["-c", "npm test && echo the tests have ended"], options, (said) => said.includes("have ended"));
  terminals.push(tests);
  return tests.said();
}

/** What the page says of a mistake to try. */
function firstPageAlone(): void {
  const folder = join(home.folder, "bg-ingest-provider-acme");
  const text = textOf(({ about }) => about === "src/readings.ts").replace("next = page.value.next_page ?? null", "next = null");
  writeFileSync(join(folder, "src/readings.ts"), text);
  typed(folder, { line: 0, language: "sh", about: "", text: "npm test" });
}

function textOf(isIt: (step: Step) => boolean): string {
  return steps.find(isIt)?.text ?? "";
}

it("the packages of the page are those that a clone packs", () => {
  const [step] = steps.filter(({ about }) => about === "clone");
  expect(step?.text).toBe("npx pnpm@12 run pack ~/bg-ingest-packed\n");
  const { scripts } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
  expect(scripts.pack).toContain("tools/stranger/pack.ts");
});

function printsSomething(folder: string, step: Step): boolean {
  try {
    return "glucose_mg_dl" in JSON.parse(typed(folder, step).printed);
  } catch {
    return false;
  }
}
