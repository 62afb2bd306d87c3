import { type FSWatcher, readdirSync, watch } from "node:fs";
import { join } from "node:path";

const SOURCE = /\.(?:ts|js|css|json)$/;
const TEST = /\.test(?:-d)?\.ts$/;

/**
 * Calls `onChange` with what changed whenever a source under one of the folders does, however it is written. Folders are watched and not files:
 * an editor that saves by renaming, and a git checkout, put another file in the place of the one that was watched.
 */
export function watchFolders(roots: readonly string[], onChange: (path: string) => void): { close(): void } {
  const watchers = new Map<string, FSWatcher>();
  const look = (): readonly string[] => {
    const there = new Set(roots.flatMap(foldersIn));
    for (const [folder, watcher] of watchers) {
      if (there.has(folder)) continue;
      watcher.close();
      watchers.delete(folder);
    }
    const added = [...there].filter((folder) => !watchers.has(folder));
    for (const folder of added) watchers.set(folder, watchOne(folder));
    return added;
  };
  const watchOne = (folder: string): FSWatcher =>
    watch(folder, (_event, name) => {
      const [added] = look();
      const path = name === null ? folder : join(folder, name);
      if (added !== undefined || (SOURCE.test(path) && !TEST.test(path))) onChange(path);
    }).on("error", () => look());
  look();
  return {
    close() {
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}

/** The folder and all below it; none if it is gone. */
function foldersIn(root: string): readonly string[] {
  try {
    const entries = readdirSync(root, { recursive: true, withFileTypes: true });
    return [root, ...entries.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))];
  } catch {
    return [];
  }
}
