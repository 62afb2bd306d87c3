import type { Call } from "@bg-ingest/core";

/** What is looked up when somebody asks for the metrics, and not before. */
export interface Scrapes {
  before(look: (call: Call) => void | Promise<void>): void;
  /** Everything is looked up, the ones beside the others. */
  look(call: Call): Promise<void>;
}

export function createScrapes(): Scrapes {
  const looks: ((call: Call) => void | Promise<void>)[] = [];
  return {
    before: (look) => void looks.push(look),
    look: async (call) => void (await Promise.all(looks.map((look) => look(call)))),
  };
}
