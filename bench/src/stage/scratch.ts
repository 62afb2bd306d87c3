import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

const RESULTS = join(import.meta.dirname, "../../results");

/** A directory for as long as `use` takes. Beside the project, for a system's temporary directory may be memory, where a sync costs nothing. */
export async function withScratch<T>(use: (directory: string) => Promise<T>): Promise<T> {
  mkdirSync(RESULTS, { recursive: true });
  const directory = mkdtempSync(join(RESULTS, "scratch-"));
  try {
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
