import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../free-ports.ts";

/** DynamoDB Local, in memory, on a port of this machine. It ends with the process that started it, however that ends. */
export interface DynamoDbLocal {
  readonly endpoint: string;
  stop(): Promise<void>;
}

const repository = join(import.meta.dirname, "../..");
const cache = join(repository, "node_modules/.cache/bg-ingest");
const libraries = join(cache, "dynamodb-local-3.1.0");
const pom = join(import.meta.dirname, "dynamodb-local.pom.xml");

const UP_WITHIN_MS = 60_000;

/** Starts it on the port given or on a free one; fetches it before where it is not there yet. Throws, saying what is missing. */
export async function startDynamoDbLocal(port?: number): Promise<DynamoDbLocal> {
  if (spawnSync("java", ["-version"]).status !== 0) throw new Error("DynamoDB Local needs Java 17 or newer, and there is no `java` here.");
  if (!existsSync(libraries)) fetchLibraries();
  const chosen = port ?? (await freePort());
  const java = ["java", `-Djava.library.path=${libraries}`, "-cp", `${libraries}/*`];
  const server = ["software.amazon.dynamodb.services.local.main.ServerRunner", "-inMemory", "-sharedDb", "-disableTelemetry"];
  // The shell waits for the end of its input, which comes even if this process is killed.
  const script = `"$@" >/dev/null 2>&1 & server=$!; cat >/dev/null; kill $server; wait $server`;
  const child = spawn("sh", ["-c", script, "sh", ...java, ...server, "-port", String(chosen)], { stdio: ["pipe", "ignore", "inherit"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const endpoint = `http://127.0.0.1:${chosen}`;
  const stop = async (): Promise<void> => {
    child.stdin.end();
    await ended;
  };
  if (await isUp(endpoint)) return { endpoint, stop };
  await stop();
  throw new Error(`DynamoDB Local did not come up on port ${chosen} within ${UP_WITHIN_MS / 1000} s.`);
}

/** All at once or not at all: another process may be fetching as well. */
function fetchLibraries(): void {
  mkdirSync(cache, { recursive: true });
  const fetched = mkdtempSync(join(cache, "fetching-"));
  const goal = ["-q", "-B", "-f", pom, "dependency:copy-dependencies", `-DoutputDirectory=${fetched}`];
  const maven = spawnSync("mvn", goal, { encoding: "utf8", timeout: 300_000 });
  if (maven.status === 0) moveUnlessThere(fetched, libraries);
  rmSync(fetched, { recursive: true, force: true });
  if (maven.status === 0) return;
  const why = maven.error === undefined ? maven.stdout.slice(0, 500) : "there is no `mvn` here, or it took too long";
  throw new Error(`DynamoDB Local could not be fetched by Maven: ${why}`);
}

function moveUnlessThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (cause) {
    if (!existsSync(to)) throw cause;
  }
}

/** It answers whatever is asked; a request without a signature is refused, by itself. */
async function isUp(endpoint: string): Promise<boolean> {
  for (const untilMs = Date.now() + UP_WITHIN_MS; Date.now() < untilMs; await sleep(100)) {
    const answered = await fetch(endpoint, { signal: AbortSignal.timeout(2_000) }).then(
      ({ status }) => status === 400,
      () => false,
    );
    if (answered) return true;
  }
  return false;
}
