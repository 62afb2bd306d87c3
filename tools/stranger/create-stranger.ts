import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder of somebody who has nothing but the packages: outside of this repository, and of everything that is installed in it. */
export interface Stranger {
  readonly folder: string;
  write(path: string, text: string): void;
  /** Runs a program there and answers what it printed; throws, with what it printed, if it fails. */
  run(program: string, ...words: readonly string[]): string;
  leave(): void;
}

/** This Node before whichever the machine has. Nothing of the run around it is passed on, but for the way to the registry. */
export function strangersEnvironment(): Record<string, string> {
  const passed = Object.entries(process.env).filter(([name]) =>
    /^(HOME|TMPDIR|LANG|.*_proxy|npm_config_(registry|cache)|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE)$/i.test(name),
  );
  return {
    ...(Object.fromEntries(passed) as Record<string, string>),
    npm_config_fetch_timeout: String(ANSWERED_WITHIN_MS),
    PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`,
  };
}

/** npm would wait for five minutes, and more than once. */
const ANSWERED_WITHIN_MS = 60_000;

/** What a program printed that failed. That there is no registry is said first: nothing is known then of what was to be tried. */
export function printedBy(failed: unknown): string {
  const { stdout, stderr } = failed as { readonly stdout?: string; readonly stderr?: string };
  const printed = `${stdout ?? ""}${stderr ?? ""}`;
  return NO_REGISTRY.test(printed) ? `${WITHOUT_REGISTRY}\n${printed}` : printed;
}

const NO_REGISTRY =
  /^npm error code (E(CONNREFUSED|CONNRESET|AI_AGAIN|HOSTUNREACH|NETUNREACH|NOTFOUND|TIMEDOUT)|ERR_SOCKET_TIMEOUT|FETCH_ERROR)$/m;
const WITHOUT_REGISTRY =
  "The npm registry cannot be reached, and what a stranger does begins with it: nothing was tried, and nothing is known. Mend the network, or name another by npm_config_registry.";

export function createStranger(): Stranger {
  const folder = mkdtempSync(join(tmpdir(), "bg-stranger-"));
  return {
    folder,
    write(path, text) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    run(program, ...words) {
      try {
        return execFileSync(program, words, {
          cwd: folder,
          env: strangersEnvironment(),
          encoding: "utf8",
          stdio: ["ignore", "pipe", "pipe"],
        });
      } catch (cause) {
        throw new Error(`${program} ${words.join(" ")} failed:\n${printedBy(cause)}`, { cause });
      }
    },
    leave: () => rmSync(folder, { recursive: true, force: true }),
  };
}
