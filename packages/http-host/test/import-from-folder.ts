import { importFrom } from "../src/plugins/import-from.ts";

// Outside the test runner, which resolves imports by rules of its own: prints what comes of importing from a folder.
const [folder = "", name = ""] = process.argv.slice(2);
const outcome = await importFrom(folder, async (asked) => ({ elsewhere: asked }))(name).then(
  (module) => ({ imported: { ...(module as object) } }),
  (cause: unknown) => ({ failed: (cause as Error).message }),
);
process.stdout.write(JSON.stringify(outcome));
