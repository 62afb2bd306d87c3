import { spawn } from "node:child_process";
import process from "node:process";

const NOTICE_AFTER_MS = 3_000;

/** Builds what changed, and shows what the build said only where it failed: whoever asked for an answer reads that and nothing else. */
const build = spawn("pnpm", ["run", "--silent", "build"], { stdio: ["ignore", "pipe", "pipe"] });
const notice = setTimeout(() => process.stderr.write("Building what changed; the first time takes a minute or so.\n"), NOTICE_AFTER_MS);
let said = "";
for (const stream of [build.stdout, build.stderr])
  stream.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
build.once("error", ({ message }) => {
  said += `${message}\n`;
});
build.once("close", (code) => end(code ?? 1));

function end(code: number): void {
  clearTimeout(notice);
  if (code !== 0) process.stderr.write(said);
  // A program that could not even be started closes with a negative number.
  process.exitCode = Math.abs(code);
}
