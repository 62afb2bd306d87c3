import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const bin = fileURLToPath(new URL("../src/bin.ts", import.meta.url));

/** Starts the service as if this were another Node. */
function startedOn(version: string) {
  const pretence = `data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"${version}"}})`;
  return spawnSync(process.execPath, ["--no-warnings", "--import", pretence, bin], { encoding: "utf8" });
}

it("on a Node that is too old the service says so, and loads nothing that would fail in other words", () => {
  const { status, stderr, stdout } = startedOn("22.18.0");
  expect([status, stdout]).toEqual([1, ""]);
  expect(stderr).toBe("BG Ingest needs Node 24 or newer, and this is 22.18.0. Install it from https://nodejs.org and start again.\n");
});
