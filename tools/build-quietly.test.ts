import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";

const PROGRAM = join(import.meta.dirname, "build-quietly.ts");
const NOTICE = "Building what changed; the first time takes a minute or so.\n";

/** Runs it where building is what `text` does, a script of the shell; `null`: there is no pnpm. */
function startBuild(text: string | null) {
  const folder = mkdtempSync(join(tmpdir(), "bg-build-"));
  if (text !== null) writeFileSync(join(folder, "pnpm"), `#!/bin/sh\n${text}\n`);
  if (text !== null) chmodSync(join(folder, "pnpm"), 0o755);
  const child = spawn(process.execPath, ["--no-warnings", PROGRAM], {
    env: { PATH: text === null ? folder : `${folder}:/usr/bin:/bin` },
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [answer, said] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    answer += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    said += chunk;
  });
  const ended = once(child, "close").then(([code]) => code as number);
  return { folder, ended, answer: () => answer, said: () => said };
}

/** What it said of the build. The notice comes where a machine is slow. */
async function build(text: string | null) {
  const { ended, answer, said } = startBuild(text);
  return { code: await ended, answer: answer(), said: said().replace(NOTICE, "") };
}

it("it asks for the build of the repository", async () => {
  expect((await build('echo "$@"; exit 1')).said).toBe("run --silent build\n");
});

it("of a build that succeeds nothing is shown, whatever it said", async () => {
  expect(await build("echo one; echo two >&2")).toEqual({ code: 0, answer: "", said: "" });
});

it("of a build that fails everything is shown, beside the answer and not in it, and its exit code is passed on", async () => {
  expect(await build("echo one; sleep 0.1; echo two >&2; exit 7")).toEqual({ code: 7, answer: "", said: "one\ntwo\n" });
});

it("however much that is", async () => {
  const { said, code } = await build("seq 1 200000; exit 2");
  expect([code, said.split("\n").length, said.endsWith("\n200000\n")]).toEqual([2, 200_001, true]);
});

it("a build that is killed has failed", async () => {
  const { code, said } = await build("echo one; kill -9 $$");
  expect([code, said]).toEqual([1, "one\n"]);
});

it("without pnpm it says so, and fails", async () => {
  const { code, said } = await build(null);
  expect(code).toBeGreaterThan(0);
  expect(said).toMatch(/pnpm.*ENOENT/);
});

it("who waits longer is told why, before the build has ended", async () => {
  const { folder, ended, answer, said } = startBuild('until [ -e "./told" ]; do sleep 0.05; done');
  await expect.poll(said).toBe(NOTICE);
  writeFileSync(join(folder, "told"), "");
  expect([await ended, answer(), said()]).toEqual([0, "", NOTICE]);
});
