/** `retry`: the store is away or busy, the same call may work later. `stop`: the call itself or what is stored is wrong; repeating cannot help. */
export type StoreError =
  | { readonly kind: "retry"; readonly message: string; readonly retryAfterMs?: number; readonly cause?: unknown }
  | { readonly kind: "stop"; readonly message: string; readonly cause?: unknown };
