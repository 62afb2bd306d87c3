import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { freePort } from "../../../tools/free-ports.ts";
import { newDataDir } from "./running-host.ts";

const MAIN = join(import.meta.dirname, "../src/main.ts");
const TOLD = "canary 373 mg/dL";

/** A package whose promise nobody awaits, and one that throws where nobody catches, both quoting what they read. */
const STRAY = `
process.on("SIGCONT", () => void Promise.reject(new SyntaxError('Unexpected token in "${TOLD}"')));
process.on("SIGWINCH", () => { throw new SyntaxError('Unexpected token in "${TOLD}"'); });
`;

/** A service in a folder with the package of `STRAY`. */
async function startService(environment: Readonly<Record<string, string>>) {
  const folder = newDataDir();
  writeFileSync(join(folder, "stray.mjs"), STRAY);
  const port = await freePort();
  const child = spawn(process.execPath, ["--conditions=source", "--import", join(folder, "stray.mjs"), MAIN], {
    env: { PATH: process.env["PATH"], DATA_DIR: newDataDir(), PORT: String(port), ...environment },
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text) => {
      said += text;
    });
  const ended = once(child, "exit");
  const health = () =>
    fetch(`http://localhost:${port}/healthz`).then(
      ({ status }) => status,
      () => 0,
    );
  await expect.poll(health, { timeout: 60_000 }).toBe(200);
  return { child, ended, health, said: () => said };
}

it("what nobody awaits is logged and the service goes on; what nobody catches ends it; and neither shows what it quotes", async () => {
  const { child, ended, health, said } = await startService({ DEMO: "off" });
  await expect.poll(said, { timeout: 60_000 }).toContain("localhost");
  child.kill("SIGCONT");
  await expect.poll(said, { timeout: 60_000 }).toContain("nobody waits for");
  expect(await health()).toBe(200);
  child.kill("SIGWINCH");
  expect(await ended).toEqual([1, null]);
  expect(said()).toContain("nobody caught");
  expect(said()).toMatch(/stops because of a bug, SyntaxError[\s\S]*stray\.mjs:\d+:\d+/);
  expect(said()).toContain("BG Ingest has stopped");
  expect(said()).not.toContain("canary");
}, 180_000);

it("so it is while the service still starts", async () => {
  // The demonstration's person is being connected, and the vendor never answers: it listens, and has not started.
  const { child, ended, health, said } = await startService({ MOCK_FAULTS: "hangs:1" });
  child.kill("SIGCONT");
  await expect.poll(said, { timeout: 60_000 }).toContain("nobody waits for");
  expect(await health()).toBe(200);
  child.kill("SIGWINCH");
  expect(await ended).toEqual([1, null]);
  expect(said()).toContain("nobody caught");
}, 180_000);
