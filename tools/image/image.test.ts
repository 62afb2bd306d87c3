import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, it } from "vitest";
import { pairsOf, parseDockerfile, wordsOf } from "./dockerfile.ts";
import { dockerfileIn } from "./dockerfile-in.ts";
import { createIgnored } from "./ignored.ts";

const repository = join(import.meta.dirname, "../..");
const textOf = (path: string) => readFileSync(join(repository, path), "utf8");

describe("the Dockerfile", () => {
  const stages = parseDockerfile(textOf("Dockerfile"));
  const [node = ""] = /(?<=^nodeVersion: )\S+$/m.exec(textOf("pnpm-workspace.yaml")) ?? [];

  it("runs, as the images built on it, on the Node that everything is tested on", () => {
    const bases = [...stages, ...parseDockerfile(dockerfileIn(textOf("docs/operations.md")))].map(({ base }) => base);
    expect(new Set(bases)).toEqual(new Set([`node:${node}-bookworm-slim`, "diabetesai/bg-ingest"]));
  });

  it("builds with the pnpm that the repository names", () => {
    const { packageManager } = JSON.parse(textOf("package.json")) as { readonly packageManager: string };
    const named = textOf("Dockerfile").match(/pnpm@[\d.]+/g) ?? [];
    expect(new Set(named)).toEqual(new Set([packageManager]));
  });

  it("starts Node itself, which the signals of an engine reach, and not as root", () => {
    const last = stages.at(-1)?.instructions ?? [];
    const [entrypoint] = last.filter(({ keyword }) => keyword === "ENTRYPOINT").map(wordsOf);
    expect(entrypoint?.[0]).toBe("node");
    const { bin } = JSON.parse(textOf("packages/http-host/package.json")) as { readonly bin: Readonly<Record<string, string>> };
    expect(entrypoint?.at(-1)).toBe(posix.join("service", bin["bg-ingest"] ?? ""));
    expect(last.filter(({ keyword }) => keyword === "USER").map(({ rest }) => rest)).toEqual(["1000:1000"]);
  });

  it("keeps nothing outside its volume", () => {
    const last = stages.at(-1)?.instructions ?? [];
    const environment = Object.assign({}, ...last.filter(({ keyword }) => keyword === "ENV").map(pairsOf)) as Record<string, string>;
    expect(last.filter(({ keyword }) => keyword === "VOLUME").flatMap(wordsOf)).toEqual([environment["DATA_DIR"]]);
  });
});

describe("what an image is built from", () => {
  const isIgnored = createIgnored(textOf(".dockerignore"));

  it.each([
    ".env",
    ".env.local",
    ".git/config",
    "data/vault.key",
    "infra/.env.dev",
    "node_modules/zod/package.json",
    "packages/core/.env",
    "packages/core/dist/index.js",
    "packages/core/node_modules/zod/package.json",
    "packages/http-host/data/bg-ingest.sqlite",
  ])("leaves out %s", (path) => expect(isIgnored(path)).toBe(true));

  it.each(["package.json", "pnpm-lock.yaml", "packages/http-host/src/main.ts", "packages/http-host/src/data-dir/prepare-data-dir.ts"])(
    "takes %s",
    (path) => expect(isIgnored(path)).toBe(false),
  );
});

describe("the compose file", () => {
  const services = new Map(
    [...textOf("infra/docker-compose.yml").matchAll(/^ {2}([\w-]+):\n((?: {4,}.*\n|\n)+)/gm)].map(([, name = "", text = ""]) => [
      name,
      text,
    ]),
  );
  const service = services.get("bg-ingest") ?? "";

  it("serves at 5001, on the settings beside it", () => {
    expect(service).toMatch(/^ {4}ports:\n {6}- "5001:5001"$/m);
    const [, file = ""] = /^ {4}env_file: (\S+)$/m.exec(service) ?? [];
    expect(textOf(join("infra", file))).toContain("APP_ENV=development");
  });

  it("waits until all others, which its settings name, are healthy", () => {
    const others = [...services.keys()].filter((name) => name !== "bg-ingest");
    const named = [...textOf("infra/.env.dev").matchAll(/^\w+=\w+:\/\/(?:\S+@)?([\w-]+):\d+$/gm)].map(([, host]) => host);
    const awaited = [...service.matchAll(/^ {6}([\w-]+):\n {8}condition: service_healthy$/gm)].map(([, name]) => name);
    expect(others).toHaveLength(2);
    expect(new Set(named)).toEqual(new Set(others));
    expect(new Set(awaited)).toEqual(new Set(others));
  });

  it("says of every service how one sees that it is well, and which version of it is taken", () => {
    for (const [name, text] of services) {
      expect(text, name).toMatch(/^ {4}healthcheck:$/m);
      expect(text, name).toMatch(name === "bg-ingest" ? /^ {4}image: diabetesai\/bg-ingest$/m : /^ {4}image: [\w/-]+:\d[\w.]*$/m);
    }
  });
});

describe("reading a Dockerfile", () => {
  it("refuses what it would not carry out", () => {
    expect(() => parseDockerfile("FROM a\nADD b c\n")).toThrow("ADD");
    expect(() => parseDockerfile("RUN a\n")).toThrow("before the first FROM");
  });

  it("refuses a command that a shell would stand before", () => {
    const [stage] = parseDockerfile("FROM a\nENTRYPOINT node main.js\n");
    expect(() => stage?.instructions.map(wordsOf)).toThrow("JSON");
  });

  it("joins lines, leaves out comments between them and takes flags apart", () => {
    const [stage] = parseDockerfile("FROM a AS b\n# c\nRUN --mount=type=cache,target=/d e \\\n# f\n    && g\n");
    expect(stage).toEqual({
      base: "a",
      name: "b",
      instructions: [{ keyword: "RUN", flags: new Map([["mount", "type=cache,target=/d"]]), rest: "e && g" }],
    });
  });
});
