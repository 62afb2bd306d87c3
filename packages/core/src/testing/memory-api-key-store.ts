import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import type { ApiKey, ApiKeyId, ApiKeyStore } from "../ports/api-key-store.ts";
import type { Call } from "../ports/call.ts";
import type { StoreError } from "../ports/store-error.ts";
import { cancelled } from "./cancelled.ts";

/** The plainest store that keeps every promise of `ApiKeyStore` but that of outliving the process. */
export function createMemoryApiKeyStore(): ApiKeyStore {
  const keys = new Map<ApiKeyId, ApiKey>();
  const change = (id: ApiKeyId, of: (key: ApiKey) => Partial<ApiKey>): ApiKey | null => {
    const key = keys.get(id);
    if (key === undefined) return null;
    const changed = { ...key, ...of(key) };
    keys.set(id, changed);
    return changed;
  };
  const add = (key: ApiKey): "added" | "taken" => {
    if (keys.has(key.id)) return "taken";
    keys.set(key.id, structuredClone(key));
    return "added";
  };
  return {
    add: (key, call) => answer(call, () => add(key)),
    find: (id, call) => answer(call, () => keys.get(id) ?? null),
    list: (call) =>
      answer<readonly ApiKey[]>(call, () => [...keys.values()].sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))),
    revoke: (id, at, call) => answer(call, () => change(id, ({ revokedAt }) => ({ revokedAt: revokedAt ?? at }))),
    noteUse: (id, at, call) =>
      answer<void>(
        call,
        () => void change(id, ({ lastUsedAt }) => ({ lastUsedAt: lastUsedAt !== null && lastUsedAt > at ? lastUsedAt : at })),
      ),
    eraseSubject: (subject, call) =>
      answer(call, () => {
        for (const key of keys.values()) if (key.subject === subject) keys.set(key.id, namelessOf(key));
      }),
  };
}

function namelessOf({ id, createdAt }: ApiKey): ApiKey {
  return { id, digest: "", name: "", scopes: [], subject: null, createdAt, lastUsedAt: null, revokedAt: createdAt };
}

function answer<T>(call: Call, act: () => T): ResultAsync<T, StoreError> {
  return call.signal.aborted ? errAsync(cancelled) : okAsync(act());
}
