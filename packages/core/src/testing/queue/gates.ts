import type { Delivery } from "../../ports/work-queue.ts";
import { annaCgm } from "../samples.ts";

export interface Gates {
  /** Resolves when the gate of the delivery's source is opened the next time. */
  enter(delivery: Delivery): Promise<void>;
  open(source?: string): void;
}

export function createGates(): Gates {
  const waiting = new Map<string, () => void>();
  return {
    enter: ({ sourceId }) => new Promise((resolve) => waiting.set(sourceId, resolve)),
    open: (source = annaCgm) => {
      const resolve = waiting.get(source);
      waiting.delete(source);
      resolve?.();
    },
  };
}
