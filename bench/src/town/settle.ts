import {
  type Credentials,
  connectSource,
  type IngestDeps,
  type LoadedProvider,
  parseSourceId,
  parseUserId,
  type SourceId,
  type UserId,
} from "@bg-ingest/core";
import { userIdOf } from "../stage/backfilling-source.ts";
import { untilDone } from "../stage/call.ts";

/** Somebody of the town. */
export interface Inhabitant {
  readonly userId: UserId;
  readonly sourceId: SourceId;
  /** Their account with the mock vendor. */
  readonly account: string;
  /** What their requests bear; it never expires. */
  readonly accessKey: string;
}

const AT_ONCE = 100;
const WEBHOOK_SECRET = `whsec_${Buffer.alloc(24).toString("base64")}`;

/** Connects so many people by the provider's login form, as each would do for themselves. */
export async function settle(deps: IngestDeps, loaded: LoadedProvider, count: number): Promise<readonly Inhabitant[]> {
  const inhabitants: Inhabitant[] = [];
  for (let first = 0; first < count; first += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, i) => first + i);
    inhabitants.push(...(await Promise.all(numbers.map((number) => connect(deps, loaded, number)))));
  }
  return inhabitants;
}

async function connect(deps: IngestDeps, loaded: LoadedProvider, number: number): Promise<Inhabitant> {
  const userId = parseUserId(userIdOf(number))._unsafeUnwrap();
  const sourceId = parseSourceId(number.toString(36).padStart(13, "0"))._unsafeUnwrap();
  const account = `inhabitant-${number}`;
  const grant = await loaded.provider.login?.login({ user: account, password: "" }, untilDone);
  if (grant === undefined || grant.isErr()) throw new Error(`The mock vendor does not let ${account} in.`);
  const own = { newSourceId: () => sourceId, newConnectId: () => account, newWebhookSecret: () => WEBHOOK_SECRET, backfillSeconds: null };
  const connected = await connectSource({ ...deps, ...own }, userId, loaded, grant.value, untilDone);
  if (connected.isErr()) throw new Error(`${account} could not be connected: ${connected.error.kind}.`);
  return { userId, sourceId, account, accessKey: accessKeyOf(grant.value.credentials) };
}

export function accessKeyOf({ value }: Credentials): string {
  return (value as { readonly accessKey: string }).accessKey;
}
