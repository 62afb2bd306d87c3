import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cruise, type ICruiseOptions, type ICruiseResult } from "dependency-cruiser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import layers, { floors, ingestRooms, rooms } from "../.dependency-cruiser.mjs";

type Planted = readonly [file: string, imports: string, rule: string];

/** Broken by what is loaded, not by what is known of it. */
const LOADED = "engines-when-named";
/** What is nowhere cannot be resolved, nor told whether it is a type. */
const UNFOUND: readonly string[] = ["resolvable", LOADED];

const upward = floors.slice(0, -1).map((floor): Planted => [`packages/core/src/${floor}/up.ts`, "../testing/index.ts", `floor-${floor}`]);

const upwardInIngest = ingestRooms.slice(0, -1).map((room): Planted => {
  const last = ingestRooms.at(-1);
  return [`packages/core/src/ingest/${room}/up.ts`, `../${last}/fine.ts`, `ingest-${room}`];
});

const planted: readonly Planted[] = [
  ...upward,
  ...upwardInIngest,
  ["packages/core/src/ingest/deliveries/out.ts", "../fine.ts", "ingest-deliveries"],
  ["packages/core/src/ingest/attic/thing.ts", "../source/fine.ts", "ingest-unknown"],
  ["packages/core/src/day/two-up.ts", "../ingest/fine.ts", "floor-day"],
  ["packages/core/src/reading/out.ts", "../index.ts", "floor-reading"],
  ["packages/core/src/attic/thing.ts", "../reading/fine.ts", "floor-unknown"],
  ["packages/unheard-of/src/index.ts", "./other.ts", "room-unknown"],
  ["packages/core/src/reading/file.ts", "node:fs", "core-without-node"],
  ["packages/core/src/query/fast.ts", "fastify", "room-core"],
  ["packages/core/src/query/store.ts", "@bg-ingest/store-sqlite", "room-core"],
  ["packages/core/src/day/schema.ts", "zod", "zod-where-strangers-are-parsed"],
  ["packages/core/src/testing/runner.ts", "vitest", "testing-without-a-runner"],
  ["packages/bus-rabbitmq/src/store.ts", "@bg-ingest/store-sqlite", "room-bus-rabbitmq"],
  ["packages/provider-dexcom/src/mock.ts", "@bg-ingest/provider-mock", "room-provider-dexcom"],
  ["packages/provider-mock/src/store.ts", "@bg-ingest/store-sqlite", "room-provider-mock"],
  ["packages/store-sqlite/src/schema.ts", "zod", "room-store-sqlite"],
  ["packages/store-dynamodb/src/other-sdk.ts", "@aws-sdk/lib-dynamodb", "room-store-dynamodb"],
  ["packages/http-host/src/http/lodash.ts", "lodash", "room-http-host"],
  ["packages/http-host/src/http/container.ts", "inversify", "container-in-composition"],
  ["packages/http-host/src/main.ts", "reflect-metadata", "container-in-composition"],
  ["packages/http-host/src/http/store.ts", "@bg-ingest/store-sqlite", "adapters-from-composition"],
  ["packages/http-host/src/scheduler/mock.ts", "@bg-ingest/provider-mock", "adapters-from-composition"],
  ["packages/http-host/src/composition/loads.ts", "@bg-ingest/store-dynamodb", LOADED],
  ["packages/http-host/src/http/inside.ts", "../../../core/src/day/fine.ts", "entry-points-only"],
  ["examples/pipeline/main.ts", "../../packages/core/src/day/fine.ts", "entry-points-only"],
  ["packages/core/src/day/uses-test.ts", "./fine.test.ts", "tests-stay-outside"],
  ["packages/core/src/day/circle-a.ts", "./circle-b.ts", "no-circle"],
  ["packages/core/src/day/nowhere.ts", "./does-not-exist.ts", "resolvable"],
];

const fine: readonly (readonly [file: string, imports: string])[] = [
  ["packages/core/src/index.ts", "./reading/fine.ts"],
  ["packages/core/src/testing/index.ts", "../query/fine.ts"],
  ["packages/core/src/reading/fine.ts", "neverthrow"],
  ["packages/core/src/day/fine.ts", "../reading/fine.ts"],
  ["packages/core/src/day/fine.test.ts", "../testing/index.ts"],
  ["packages/core/src/ingest/fine.ts", "../day/fine.ts"],
  ["packages/core/src/ingest/whole.ts", "./deliveries/fine.ts"],
  ["packages/core/src/ingest/deliveries/fine.ts", "../source/fine.ts"],
  ["packages/core/src/ingest/source/fine.ts", "../../day/fine.ts"],
  ["packages/core/src/ingest/source/fine.test.ts", "../fine.ts"],
  ["packages/core/src/query/fine.ts", "../ingest/fine.ts"],
  ["packages/core/src/event/fine.ts", "zod"],
  ["packages/core/src/plugin/fine.ts", "zod"],
  ["packages/core/src/day/circle-b.ts", "./circle-a.ts"],
  ["packages/unheard-of/src/other.ts", "./index.ts"],
  ["packages/store-sqlite/src/fine.ts", "node:sqlite"],
  ["packages/store-dynamodb/src/fine.ts", "@aws-sdk/client-dynamodb"],
  ["packages/http-host/src/composition/fine.ts", "inversify"],
  ["packages/http-host/src/composition/store.ts", "@bg-ingest/store-sqlite"],
];

describe("the layers", () => {
  let folder = "";
  let found: readonly { readonly from: string; readonly rule: { readonly name: string } }[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "layers-"));
    for (const [file, imports, rule] of [...planted, ...fine]) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      // As types, so that imports which compilation erases are seen as well.
      const how = rule === LOADED ? "import" : "import type";
      writeFileSync(join(folder, file), `${how} * as other from "${imports}";\nexport type Other = typeof other;\n`);
    }
    const { tsConfig: _, ...options } = layers.options;
    const { output } = await cruise(["packages", "examples"], {
      ...options,
      baseDir: folder,
      validate: true,
      ruleSet: { forbidden: layers.forbidden },
    } as ICruiseOptions);
    found = (output as ICruiseResult).summary.violations;
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(planted)("find that %s imports %s (%s)", (file, _imports, rule) => {
    expect(found.filter(({ from }) => from === file).map(({ rule: { name } }) => name)).toContain(rule);
  });

  it.each(fine.filter(([file]) => !/circle|unheard/.test(file)))("let %s import %s", (file) => {
    const rules = found.filter(({ from, rule }) => from === file && !UNFOUND.includes(rule.name)).map(({ rule }) => rule.name);
    expect(rules).toEqual([]);
  });

  it("have a planted violation for every rule", () => {
    const proven = new Set(planted.map(([, , rule]) => rule));
    expect(layers.forbidden.map(({ name }) => name).filter((name) => !proven.has(name))).toEqual([]);
  });

  it("give every package a room", () => {
    expect(readdirSync(join(import.meta.dirname, "..", "packages")).sort()).toEqual(Object.keys(rooms).sort());
  });
});
