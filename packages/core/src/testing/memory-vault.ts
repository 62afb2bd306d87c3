import { err, ok } from "neverthrow";
import type { SourceKey } from "../ports/connection-store.ts";
import type { Vault } from "../ports/vault.ts";

/** Keeps secrets apart by user and source and hides nothing: for tests only. */
export const memoryVault: Vault = {
  seal: async (source, secret) => ok(new Uint8Array([...labelOf(source), ...secret])),
  open: async (source, sealed) => {
    const label = labelOf(source);
    if (!label.every((byte, at) => sealed[at] === byte)) return err({ kind: "stop", message: "The seal is another source's." });
    return ok(sealed.slice(label.length));
  },
};

function labelOf({ userId, sourceId }: SourceKey): Uint8Array {
  return new TextEncoder().encode(`${userId}/${sourceId}/`);
}
