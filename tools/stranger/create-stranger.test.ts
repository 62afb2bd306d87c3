import { expect, it, onTestFinished } from "vitest";
import { createStranger } from "./create-stranger.ts";

it("who has no registry is told so before all else, and nothing passes for tried", () => {
  const stranger = createStranger();
  onTestFinished(stranger.leave);
  stranger.write("package.json", JSON.stringify({ name: "fresh", private: true }));
  const away = ["--registry=http://127.0.0.1:9", "--fetch-retries=0", `--cache=${stranger.folder}/cache`];
  expect(() => stranger.run("npm", "install", ...away, "neverthrow@8")).toThrow(
    /^npm install .* failed:\nThe npm registry cannot be reached/,
  );
});

it("any other failure is shown as it was printed", () => {
  const stranger = createStranger();
  onTestFinished(stranger.leave);
  expect(() => stranger.run("node", "-e", "console.log('one'); console.error('two'); process.exit(3)")).toThrow(/failed:\none\ntwo\n$/);
});
