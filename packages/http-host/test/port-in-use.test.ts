import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import { newDataDir } from "./running-host.ts";

const MAIN = join(import.meta.dirname, "../src/main.ts");

it("a start that finds its port in use fails, in one sentence and in its exit code", async () => {
  const holder = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void holder.close());
  await once(holder, "listening");
  const address = holder.address();
  if (address === null || typeof address === "string") throw new Error("It listens on a port.");
  const service = spawn(process.execPath, ["--conditions=source", MAIN], {
    env: { PATH: process.env["PATH"], DATA_DIR: newDataDir(), PORT: String(address.port), HOST: "127.0.0.1", LOG_LEVEL: "silent" },
    cwd: newDataDir(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [ended, said, refused] = [once(service, "exit"), text(service.stdout), text(service.stderr)];
  expect([await said, ...(await ended)]).toEqual(["", 1, null]);
  expect(await refused).toContain(`Port ${address.port} of 127.0.0.1 is in use`);
}, 180_000);
