import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createStranger, type Stranger, strangersEnvironment } from "./create-stranger.ts";
import { type Started, started } from "./started.ts";

interface Manifest {
  readonly name: string;
  readonly license?: string;
  readonly engines?: { readonly node?: string };
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const packed = inject("packed");
const repository = join(import.meta.dirname, "../..");
const tsc = join(repository, "node_modules/typescript/bin/tsc");
const running: Started[] = [];
let stranger: Stranger;

beforeAll(() => {
  stranger = createStranger();
  stranger.write("package.json", JSON.stringify({ name: "fresh", private: true, type: "module" }));
  stranger.run("npm", "install", "--no-audit", "--no-fund", "--prefer-offline", ...packed.map(({ tarball }) => tarball));
});

afterAll(async () => {
  for (const service of running) await service.stop();
  stranger.leave();
});

function manifestOf(name: string): Manifest {
  return JSON.parse(readFileSync(join(stranger.folder, "node_modules", name, "package.json"), "utf8"));
}

/** Every entry point that is code. */
function entryPoints(): readonly string[] {
  return packed.flatMap(({ name }) =>
    Object.keys(manifestOf(name).exports)
      .filter((path) => !path.endsWith(".json"))
      .map((path) => join(name, path)),
  );
}

describe.each(packed)("$name, as it is published,", ({ name, tarball }) => {
  const files = () =>
    stranger
      .run("tar", "-tzf", tarball)
      .trim()
      .split("\n")
      .map((path) => path.replace(/^package\//, ""));

  it("holds its README, its licence, what its entry points lead to, and no test", () => {
    const held = files();
    expect(held).toEqual(expect.arrayContaining(["README.md", "LICENSE", "package.json"]));
    const targets = Object.values(manifestOf(name).exports).flatMap((target) =>
      typeof target === "string" ? [target] : Object.values(target),
    );
    expect(held).toEqual(expect.arrayContaining(targets.map((target) => target.replace("./", ""))));
    expect(held.filter((path) => /\.test(-d)?\.|golden/.test(path))).toEqual([]);
  });

  it("says what it runs on, under which licence, and takes nothing from a workspace", () => {
    const { license, engines, dependencies, peerDependencies } = manifestOf(name);
    expect(license).toBe("MIT");
    expect(engines?.node).toMatch(/^>=2[24]$/);
    const ranges = Object.values({ ...dependencies, ...peerDependencies });
    expect(ranges.filter((range) => !/^\^\d/.test(range))).toEqual([]);
  });
});

it("one copy of the core and of neverthrow serves all of them", () => {
  const words = ["-type", "d", "(", "-path", "*/node_modules/neverthrow", "-o", "-path", "*/@bg-ingest/core", ")"];
  const copies = stranger
    .run("find", ".", ...words)
    .trim()
    .split("\n")
    .sort();
  expect(copies).toEqual(["./node_modules/@bg-ingest/core", "./node_modules/neverthrow"]);
});

/** What packages of others do when they are imported is theirs: they come first. Then everything has to look the same before and after. */
const IMPORT_ALL = `import { readdirSync, readFileSync } from "node:fs";
const looks = () => ({
  globals: Object.getOwnPropertyNames(globalThis).sort(),
  listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]),
  resources: process.getActiveResourcesInfo().filter((name) => name !== "PipeWrap").sort(),
  environment: { ...process.env },
  files: readdirSync("."),
});
const points = process.argv.slice(2);
for (const point of points) {
  const own = point.split("/").slice(0, 2).join("/");
  const { dependencies, peerDependencies } = JSON.parse(readFileSync("node_modules/" + own + "/package.json", "utf8"));
  const others = Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !name.startsWith("@bg-ingest/"));
  for (const name of others) await import(name).catch(() => undefined);
}
for (const point of points) {
  const before = looks();
  await import(point);
  const after = looks();
  for (const [name, was] of Object.entries(before))
    if (JSON.stringify(was) !== JSON.stringify(after[name])) console.log(point, "changes", name, JSON.stringify(after[name]));
}
`;

describe("importing an entry point", () => {
  it("finds them all", () => {
    expect(entryPoints()).toEqual(expect.arrayContaining(["@bg-ingest/core", "@bg-ingest/core/testing", "@bg-ingest/http-host"]));
  });

  it("does nothing: no output, no global, no timer, no listener, no file", () => {
    stranger.write("import-all.js", IMPORT_ALL);
    expect(stranger.run("node", "import-all.js", ...entryPoints())).toBe("");
  });

  it("would be seen to do something", () => {
    const busy =
      'console.log("hello"); globalThis.mine = 1; setTimeout(() => {}, 1); process.on("exit", () => {}); process.env.MINE = "1";';
    stranger.write("node_modules/@planted/busy/package.json", JSON.stringify({ type: "module", exports: "./index.js" }));
    stranger.write("node_modules/@planted/busy/index.js", `import { writeFileSync } from "node:fs";\n${busy}\nwriteFileSync("mine", "");`);
    const seen = stranger.run("node", "import-all.js", "@planted/busy");
    for (const what of ["hello", "globals", "listeners", "resources", "environment", "files"]) expect(seen).toContain(what);
  });

  it("brings its types, and a provider that lacks what it declares does not compile", () => {
    const imports = entryPoints().map((name, index) => `import * as package${index} from "${name}";\nvoid package${index};`);
    const provider = (capabilities: string) => `defineProvider({
  apiVersion: 1,
  name: "acme",
  displayName: "Acme",
  configSchema: z.strictObject({}),
  capabilities: ${capabilities},
  traits: { cadenceSeconds: 300, publicationDelaySeconds: 0, maxWindowSeconds: 300, historySeconds: 300, rePull: [], rateLimit: null },
  create: () => ok({ poll: { async *fetchPages() {} } }),
});`;
    const text = (capabilities: string) =>
      `${imports.join("\n")}\nimport { defineProvider } from "@bg-ingest/core";\nimport { ok } from "neverthrow";\nimport { z } from "zod";\n${provider(capabilities)}\n`;
    stranger.write("sound.ts", text('["poll"]'));
    stranger.write("lacking.ts", text('["poll", "login"]'));
    const check = (file: string) =>
      stranger.run(
        "node",
        tsc,
        "--noEmit",
        "--strict",
        "--module",
        "nodenext",
        "--target",
        "es2024",
        "--lib",
        "es2024,dom,esnext.disposable",
        "--types",
        "",
        "--skipLibCheck",
        file,
      );
    expect(check("sound.ts")).toBe("");
    expect(() => check("lacking.ts")).toThrow(/lacking\.ts.*login/s);
  });
});

/** A service of the fresh project, and where it answers. */
async function served(program: string, words: readonly string[]): Promise<string> {
  const environment = {
    ...strangersEnvironment(),
    DATA_DIR: mkdtempSync(join(tmpdir(), "bg-fresh-")),
    PORT: "0",
    DEMO: "off",
    LOG_LEVEL: "warn",
  };
  const isUp = (said: string) => ADDRESS.test(said);
  const service = await started(program, words, { cwd: stranger.folder, env: environment }, isUp);
  running.push(service);
  return ADDRESS.exec(service.said())?.[1] ?? "";
}

const ADDRESS = /(http:\/\/localhost:\d+)/;

describe("without a clone the service", () => {
  it("starts by its bin and is ready", async () => {
    const url = await served(join(stranger.folder, "node_modules/.bin/bg-ingest"), []);
    await expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(200);
    const { providers } = (await (await fetch(`${url}/api/providers`)).json()) as {
      readonly providers: readonly { readonly name: string }[];
    };
    expect(providers.map(({ name }) => name)).toContain("mock");
  });

  it("starts in a program of one's own, with providers as values", async () => {
    stranger.write(
      "application.js",
      `import { createHost } from "@bg-ingest/http-host";
import { provider } from "@bg-ingest/provider-mock";
const host = (await createHost({ providers: [provider] }))._unsafeUnwrap();
console.log((await host.start())._unsafeUnwrap().url);
`,
    );
    const url = await served("node", ["application.js"]);
    await expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${url}/api/providers`)).json()).toMatchObject({ providers: [{ name: "mock" }] });
  });
});
