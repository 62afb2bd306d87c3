import { readFileSync } from "node:fs";

const PACKAGE_FILE = new URL("../../../package.json", import.meta.url);

/** Of this package, as it is installed. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(PACKAGE_FILE, "utf8")) as { version: string }).version;
}
