import type { AsyncResult } from "./call.ts";
import type { SourceKey } from "./connection-store.ts";

/** The seal does not open: another key, another source, or damage. The key of before opens it, if there is one; else the person has to connect again. */
export interface VaultError {
  readonly kind: "stop";
  readonly message: string;
}

/** Seals a source's secrets so that only this vault opens them again, and only for the same user and source. */
export interface Vault {
  seal(source: SourceKey, secret: Uint8Array): AsyncResult<Uint8Array, VaultError>;
  open(source: SourceKey, sealed: Uint8Array): AsyncResult<Uint8Array, VaultError>;
}
