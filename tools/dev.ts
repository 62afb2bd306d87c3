import { type ChildProcess, spawn } from "node:child_process";
import { globSync } from "node:fs";
import { join, relative } from "node:path";
import { watchFolders } from "./watch-folders.ts";

/** Runs the service from its sources and restarts it when one of them changes, however an editor or git writes it. */
const repository = join(import.meta.dirname, "..");
const main = join(repository, "packages/http-host/src/main.ts");
/** A checkout changes many files; the service starts once. */
const QUIET_MS = 200;

let service: ChildProcess | undefined;
let timer: NodeJS.Timeout | undefined;
let isStopping = false;
let isWanted = false;

const folders = globSync("packages/*/{src,assets}", { cwd: repository }).map((folder) => join(repository, folder));
const watcher = watchFolders(folders, (path) => {
  clearTimeout(timer);
  timer = setTimeout(() => restart(path), QUIET_MS);
});
start();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop(signal));

// A terminal sends its signals to a whole process group; in one of its own the service gets each once, from here.
function start(): void {
  isWanted = false;
  service = spawn(process.execPath, ["--conditions=source", "--enable-source-maps", main], {
    detached: true,
    stdio: ["ignore", "inherit", "inherit"],
  });
  service.on("exit", (code) => {
    service = undefined;
    if (isWanted && !isStopping) start();
    else if (!isStopping) process.stderr.write(`The service has ended (${code ?? "killed"}). It is started again when a source changes.\n`);
    else process.exitCode = code ?? 0;
  });
}

function restart(path: string): void {
  if (isStopping) return;
  process.stderr.write(`${relative(repository, path)} has changed: the service starts again.\n`);
  isWanted = service?.kill("SIGTERM") ?? false;
  if (service === undefined) start();
}

function stop(signal: NodeJS.Signals): void {
  isStopping = true;
  clearTimeout(timer);
  watcher.close();
  service?.kill(signal);
}
