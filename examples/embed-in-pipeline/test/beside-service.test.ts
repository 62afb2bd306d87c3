import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { agreesWithService } from "./support/agrees-with-service.ts";
import { runExampleHere } from "./support/example-program.ts";
import { STARTED_AT_MS, startService } from "./support/running-service.ts";

it("beside a service that runs on SQLite it says what the service says", async () => {
  const service = await startService({});
  onTestFinished(() => service.stop());
  await agreesWithService(service, ["--data-dir", service.folder]);
});

it("where nobody keeps a store it says so", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bg-embed-none-"));
  await expect(runExampleHere(["users", "--data-dir", folder])).rejects.toThrow(folder);
});

it("counts the readings of each day, and prints what was known by a moment", async () => {
  const service = await startService({});
  onTestFinished(() => service.stop());
  await service.connect("anna");
  const example = (...words: readonly string[]) => runExampleHere([...words, "--data-dir", service.folder, "--until", until]);
  const until = new Date(STARTED_AT_MS).toISOString();
  const printed = (await example("print", "anna", "3")).split("\n").filter((line) => line !== "");
  const days = [...(await example("days", "anna", "3")).matchAll(/^\S+ {2}(\d+) readings/gm)].map(([, count]) => Number(count));
  expect(days.length).toBe(4);
  expect(days.reduce((sum, count) => sum + count, 0)).toBe(printed.length);
  // Before the service started it had received nothing, whatever was measured.
  expect(await example("print", "anna", "3", "--as-of", new Date(STARTED_AT_MS - 1_000).toISOString())).toBe("");
});

it("a person whom nobody knows is no empty file", async () => {
  const service = await startService({});
  onTestFinished(() => service.stop());
  await expect(runExampleHere(["print", "nobody", "--data-dir", service.folder])).rejects.toThrow(
    "Nobody of the id nobody is connected. The command users lists everybody",
  );
});
