import { defineConfig } from "vitest/config";

/** As Node resolves, sources first. `module` is for bundlers: what stands there need not run on Node. */
const conditions = ["source", "node", "development|production"];
const exclude = [
  "**/node_modules/**",
  "**/dist/**",
  "tools/fixtures/**",
  // A third party's package, with a test runner of its own: `pnpm run stranger`.
  "examples/provider-librelinkup/**",
];
/** Tests that take the packages as strangers get them: packed, and installed outside of this repository. */
const onPacked = ["**/*.packed.test.ts"];
/** Tests that need a server beside them. */
const onDynamoDb = [
  "packages/store-dynamodb/test/**/*.test.ts",
  "packages/http-host/test/engines/**/*.test.ts",
  "examples/*/test/{dynamodb,engines}/**/*.test.ts",
];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    setupFiles: ["tools/fast-check.setup.ts"],
    pool: "forks",
    // All processors, this one's included: it only waits.
    maxWorkers: "100%",
    // Only what never ends is given up on: a busy machine takes many times as long as a quiet one.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: "alone",
          include: [
            "packages/*/src/**/*.test.ts",
            "packages/*/test/**/*.test.ts",
            "tools/**/*.test.ts",
            "bench/**/*.test.ts",
            "examples/**/*.test.ts",
          ],
          exclude: [...exclude, ...onDynamoDb, ...onPacked],
        },
      },
      {
        extends: true,
        test: { name: "packed", include: onPacked, exclude, globalSetup: ["tools/stranger/packed.global-setup.ts"] },
      },
      {
        extends: true,
        test: { name: "dynamodb", include: onDynamoDb, exclude, globalSetup: ["tools/services/dynamodb.global-setup.ts"] },
      },
    ],
  },
});
