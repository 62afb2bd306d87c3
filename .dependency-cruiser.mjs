// Who may import whom, as data. `tools/layers.test.ts` plants a violation of each rule and expects it to be found.

/** The core's floors from the ground up: a floor imports from itself and from those below it. */
export const floors = ["reading", "normalize", "day", "event", "ports", "access", "plugin", "connection", "ingest", "query", "testing"];

/** The rooms of the ingest floor, in the same order; what stands beside them uses them all. */
export const ingestRooms = [
  "source",
  "publishing",
  "erasing",
  "recovery",
  "storing",
  "asking",
  "polling",
  "history",
  "health",
  "deliveries",
];

/** What each package may import besides itself and, outside the core, Node's own modules. */
export const rooms = {
  "bus-rabbitmq": ["@bg-ingest/core", "amqplib", "neverthrow"],
  core: ["neverthrow", "zod"],
  "provider-dexcom": ["@bg-ingest/core", "neverthrow", "oauth4webapi", "zod"],
  "provider-mock": ["@bg-ingest/core", "neverthrow", "zod"],
  "store-sqlite": ["@bg-ingest/core", "neverthrow"],
  "store-dynamodb": ["@aws-sdk/client-dynamodb", "@bg-ingest/core", "neverthrow"],
  "http-host": [
    "@aws-sdk/client-secrets-manager",
    "@bg-ingest/bus-rabbitmq",
    "@bg-ingest/core",
    "@bg-ingest/provider-dexcom",
    "@bg-ingest/provider-mock",
    "@bg-ingest/store-dynamodb",
    "@bg-ingest/store-sqlite",
    "@fastify/swagger",
    "@fastify/swagger-ui",
    "close-with-grace",
    "fastify",
    "fastify-type-provider-zod",
    "inversify",
    "jose",
    "neverthrow",
    "pino",
    "prom-client",
    "reflect-metadata",
    "standardwebhooks",
    "zod",
  ],
};

/** Core floors that may use zod: they parse what strangers hand over. */
const zodFloors = ["event", "plugin", "testing"];
/** The files of the host that may name adapters. */
const compositionOfHost = "^packages/http-host/src/(main\\.ts$|composition/)";

const testFile = "\\.(test|test-d)\\.ts$|^(packages|examples)/[^/]+/test/|^bench/test/|^tools/";
const engines = ["bus-rabbitmq", "store-dynamodb", "store-sqlite"];
const adapters = Object.keys(rooms).filter((room) => room !== "core" && room !== "http-host");

/** Matches a module however it was resolved: as a workspace folder, inside node_modules, or not at all. */
const moduleNamed = (name) => {
  const folder = name.startsWith("@bg-ingest/") ? `|^packages/${name.slice("@bg-ingest/".length)}/` : "";
  return `^${name}(/|$)|/node_modules/${name}/${folder}`;
};

const roomRules = Object.entries(rooms).map(([room, allowed]) => ({
  name: `room-${room}`,
  comment: `packages/${room} imports only ${allowed.join(", ")}.`,
  severity: "error",
  from: { path: `^packages/${room}/src/`, pathNot: testFile },
  to: { pathNot: [`^packages/${room}/`, ...allowed.map(moduleNamed)], dependencyTypesNot: ["core"] },
}));

const floorRules = floors.slice(0, -1).map((floor, index) => ({
  name: `floor-${floor}`,
  comment: `${floor}/ imports nothing from the floors above it.`,
  severity: "error",
  from: { path: `^packages/core/src/${floor}/`, pathNot: testFile },
  to: { path: `^packages/core/src/((${floors.slice(index + 1).join("|")})/|index\\.ts$)` },
}));

const ingestRules = ingestRooms.map((room, index) => ({
  name: `ingest-${room}`,
  comment: `ingest/${room}/ imports nothing from the rooms above it, nor what stands beside the rooms.`,
  severity: "error",
  from: { path: `^packages/core/src/ingest/${room}/`, pathNot: testFile },
  to: { path: `^packages/core/src/ingest/(${["[^/]+\\.ts$", ...ingestRooms.slice(index + 1).map((above) => `${above}/`)].join("|")})` },
}));

export default {
  forbidden: [
    ...roomRules,
    ...floorRules,
    ...ingestRules,
    {
      name: "floor-unknown",
      comment: "Every file of the core stands on a floor.",
      severity: "error",
      from: { path: "^packages/core/src/(?!index\\.ts$)", pathNot: [testFile, `^packages/core/src/(${floors.join("|")})/`] },
      to: {},
    },
    {
      name: "ingest-unknown",
      comment: "Every folder of the ingest floor is one of its rooms.",
      severity: "error",
      from: { path: "^packages/core/src/ingest/[^/]+/", pathNot: [testFile, `^packages/core/src/ingest/(${ingestRooms.join("|")})/`] },
      to: {},
    },
    {
      name: "room-unknown",
      comment: "Every package has a row in `rooms`.",
      severity: "error",
      from: { path: "^packages/[^/]+/src/", pathNot: `^packages/(${Object.keys(rooms).join("|")})/` },
      to: {},
    },
    {
      name: "core-without-node",
      comment: "The core runs anywhere: what needs Node comes in through a port.",
      severity: "error",
      from: { path: "^packages/core/src/", pathNot: testFile },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "zod-where-strangers-are-parsed",
      severity: "error",
      from: { path: "^packages/core/src/", pathNot: [testFile, `^packages/core/src/(${zodFloors.join("|")})/`] },
      to: { path: moduleNamed("zod") },
    },
    {
      name: "testing-without-a-runner",
      comment: "Contract suites return cases that any test runner can register.",
      severity: "error",
      from: { path: "^packages/core/src/testing/", pathNot: testFile },
      to: { path: ["vitest", "jest", "mocha", "fast-check"].map(moduleNamed).concat("^node:test$") },
    },
    {
      name: "container-in-composition",
      severity: "error",
      from: { path: "^(packages|examples|bench)/", pathNot: "^packages/http-host/src/composition/" },
      to: { path: ["inversify", "reflect-metadata"].map(moduleNamed) },
    },
    {
      name: "adapters-from-composition",
      comment: "The rest of the host knows ports only.",
      severity: "error",
      from: { path: "^packages/http-host/src/", pathNot: [testFile, compositionOfHost] },
      to: { path: adapters.map((name) => moduleNamed(`@bg-ingest/${name}`)) },
    },
    {
      name: "engines-when-named",
      comment: "A start loads the engines that the settings name, and no other.",
      severity: "error",
      from: { path: "^packages/http-host/src/", pathNot: testFile },
      to: {
        path: engines.map((name) => moduleNamed(`@bg-ingest/${name}`)),
        dynamic: false,
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "entry-points-only",
      comment: "A package is used through what it exports.",
      severity: "error",
      from: { path: "^(packages|examples)/([^/]+)/" },
      to: { path: "^packages/[^/]+/src/", pathNot: ["^packages/$2/", "^packages/[^/]+/src/(testing/)?index\\.ts$"] },
    },
    {
      name: "tests-stay-outside",
      comment: "Nothing that ships imports a test or its support.",
      severity: "error",
      from: { pathNot: testFile },
      to: { path: testFile },
    },
    { name: "no-circle", severity: "error", from: {}, to: { circular: true } },
    { name: "resolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    // The provider of a third party finds what it imports where it is installed.
    exclude: { path: ["(^|/)dist/", "^tools/fixtures/acme-bg-ingest-provider/"] },
    // Imports of types count: a layer that knows another's types knows the other.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["source", "import", "node", "default", "types"],
      extensions: [".ts", ".js", ".json"],
    },
  },
};
