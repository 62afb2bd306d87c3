import { err, ok, type Result } from "neverthrow";
import { openStored, renew } from "../connection/renew.ts";
import type { OpenedSecrets } from "../connection/secrets.ts";
import type { Call } from "../ports/call.ts";
import type { Credentials } from "../ports/cgm-provider.ts";
import type { LoadedProvider } from "../ports/loaded-provider.ts";
import type { FetchFailed } from "./fetch-window.ts";
import type { IngestDeps } from "./ingest-deps.ts";
import type { SourceState } from "./source-state.ts";

/** Does something with a source's credentials; if the provider refuses them, once more with renewed ones. */
export async function withCredentials<T>(
  deps: IngestDeps,
  state: SourceState,
  loaded: LoadedProvider,
  use: (credentials: Credentials) => Promise<Result<T, FetchFailed>>,
  call: Call,
): Promise<Result<T, FetchFailed>> {
  const opened = state.secrets === null ? await openStored(deps, state.record, call) : ok<OpenedSecrets, FetchFailed>(state.secrets);
  if (opened.isErr()) return err(opened.error);
  state.secrets = opened.value;
  const first = await use(opened.value.credentials);
  if (first.isOk() || first.error.at !== "provider" || first.error.error.kind !== "reconnect") return first;
  const renewed = await renew(deps, loaded.provider, state.record, opened.value, call);
  state.secrets = renewed.unwrapOr(null);
  return renewed.isErr() ? err(renewed.error) : use(renewed.value.credentials);
}
