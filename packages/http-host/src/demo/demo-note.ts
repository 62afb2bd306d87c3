import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Says beside the store that the demonstration's person was connected once. */
export interface DemoNote {
  isThere(): boolean;
  write(): void;
}

const NAME = "demo.connected";
const TEXT = "The demonstration's person was connected. While this file is here, no start connects that person again.\n";

export function createDemoNote(dataDir: string): DemoNote {
  const file = join(dataDir, NAME);
  return {
    isThere: () => existsSync(file),
    write: () => {
      if (!existsSync(file)) writeFileSync(file, TEXT, { mode: 0o600 });
    },
  };
}
