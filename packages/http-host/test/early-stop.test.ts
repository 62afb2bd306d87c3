import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { freePort } from "../../../tools/free-ports.ts";
import { newDataDir } from "./running-host.ts";

const MAIN = join(import.meta.dirname, "../src/main.ts");

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );

it("whoever ends the service while it still starts ends it gently", async () => {
  const port = await freePort();
  const service = spawn(process.execPath, ["--conditions=source", MAIN], {
    // The demonstration's person is being connected, and the vendor never answers: it listens, and has not started.
    env: { PATH: process.env["PATH"], DATA_DIR: newDataDir(), PORT: String(port), LOG_LEVEL: "silent", MOCK_FAULTS: "hangs:1" },
    cwd: newDataDir(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [ended, said] = [once(service, "exit"), text(service.stdout)];
  await expect.poll(() => answers(`http://localhost:${port}/healthz`)).toBe(true);
  service.kill("SIGTERM");
  expect([await said, ...(await ended)]).toEqual(["BG Ingest has stopped. Everything that was accepted is on disk.\n", 0, null]);
});
