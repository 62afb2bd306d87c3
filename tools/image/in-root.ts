import { copyFileSync, linkSync, mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/** A folder of this machine, and where a command is to find it. */
export type Shown = readonly [folder: string, place: string];

export interface InRoot {
  readonly root: string;
  readonly workdir: string;
  /** Nothing can be written but what is shown. */
  readonly readOnly: boolean;
  readonly shown: readonly Shown[];
  readonly command: readonly string[];
}

const script = join(import.meta.dirname, "in-root.sh");

/** What to start for a command to run with a folder as its root, as the user 1000. It stays one process, which signals reach. */
export function startedInRoot({ root, workdir, readOnly, shown, command }: InRoot): readonly [string, readonly string[]] {
  const namespaces = ["--user", "--map-root-user", "--mount", "sh", script];
  return ["unshare", [...namespaces, root, workdir, readOnly ? "ro" : "rw", ...shown.flat(), "--", ...command]];
}

/** What official images of Node have in /usr/local: this Node, and the npm of this machine. */
export function usrLocal(folder: string): readonly Shown[] {
  const bin = join(folder, "bin");
  mkdirSync(bin, { recursive: true });
  linkOrCopy(process.execPath, join(bin, "node"));
  for (const name of ["npm", "npx"]) symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(bin, name));
  return [
    [folder, "/usr/local"],
    [npmFolder(), "/usr/local/lib/node_modules/npm"],
  ];
}

function linkOrCopy(from: string, to: string): void {
  const file = realpathSync(from);
  try {
    linkSync(file, to);
  } catch {
    copyFileSync(file, to);
  }
}

/** Behind `npm` in the path stands `npm/bin/npm-cli.js`. */
function npmFolder(): string {
  for (const place of (process.env["PATH"] ?? "").split(delimiter)) {
    const found = realpathOrNull(join(place, "npm"));
    if (found?.endsWith("/npm/bin/npm-cli.js") === true) return dirname(dirname(found));
  }
  throw new Error("There is no npm in the path, with which images of Node come.");
}

function realpathOrNull(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
