import { err, ok, type Result } from "neverthrow";
import type { CapabilityName, CgmProvider, Credentials, FetchPages, Grant, ProviderError } from "../../ports/cgm-provider.ts";
import type { Clock } from "../../ports/clock.ts";
import type { LoadedProvider } from "../../ports/loaded-provider.ts";
import type { ProviderTraits } from "../../ports/provider-traits.ts";
import type { ProviderName } from "../../reading/identifiers.ts";
import { addSeconds, type Instant, type Span } from "../../reading/instant.ts";
import { createWorldAccount, type WorldAccount } from "./world-account.ts";
import { type Paging, type WorldCredentials, worldPages } from "./world-pages.ts";
import { worldWebhook } from "./world-webhook.ts";

/** A vendor in memory whose truth changes while time passes: a reference for what providers meet, without a network. */
export interface ProviderWorld {
  readonly loaded: LoadedProvider;
  /** Made when first asked for. Its name is also its password. */
  account(name: string): WorldAccount;
  /** What connecting the account gives. */
  grantOf(name: string): Grant;
  /** Windows asked for so far, oldest first. */
  readonly asked: readonly Span[];
}

export interface WorldOptions {
  readonly clock: Pick<Clock, "nowMs">;
  readonly capabilities?: readonly CapabilityName[];
  readonly traits?: Partial<ProviderTraits>;
  readonly paging?: Partial<Paging>;
}

const TRAITS: ProviderTraits = {
  cadenceSeconds: 300,
  publicationDelaySeconds: 0,
  maxWindowSeconds: 30 * 86_400,
  historySeconds: 90 * 86_400,
  rePull: [],
  rateLimit: null,
};

const PAGING: Paging = { recordsPerPage: 1_000, order: "oldest_first", tellsLast: true };

export function createProviderWorld(options: WorldOptions): ProviderWorld {
  const accounts = new Map<string, WorldAccount>();
  const asked: Span[] = [];
  const now = () => Math.floor(options.clock.nowMs() / 1000) as Instant;
  const paging = { ...PAGING, ...options.paging };

  const account = (name: string): WorldAccount => {
    const known = accounts.get(name) ?? createWorldAccount(name, now);
    accounts.set(name, known);
    return known;
  };
  const accountOf = (credentials: Credentials) => accounts.get((credentials.value as WorldCredentials).account);
  const fetchPages: FetchPages = (request, call) => {
    asked.push(request.window);
    return worldPages(accountOf(request.credentials), request, paging, now, call);
  };
  const renewed = async (credentials: Credentials): Promise<Result<Credentials, ProviderError>> => {
    const of = accountOf(credentials);
    if (of === undefined || of.isRevoked) return err({ kind: "reconnect", message: "The vendor grants access no more." });
    return ok(grantOf(of.name).credentials);
  };
  const grantOf = (name: string): Grant => {
    const value: WorldCredentials = { account: name, grant: account(name).grant };
    return { credentials: { value, expiresAt: null }, accountId: name };
  };
  const availableSpan = async (credentials: Credentials): Promise<Result<Span | null, ProviderError>> => {
    const shown = accountOf(credentials)?.truth.asOf(now(), { from: 0 as Instant, to: Infinity as Instant }) ?? [];
    const [first, last] = [shown[0], shown.at(-1)];
    return ok(first === undefined || last === undefined ? null : { from: first.at, to: addSeconds(last.at, 1) });
  };

  const all: Required<CgmProvider> = {
    poll: { fetchPages },
    backfill: { fetchPages, availableSpan },
    webhook: worldWebhook,
    login: {
      fields: [
        { name: "account", label: "Account", secret: false },
        { name: "password", label: "Password", secret: true },
      ],
      login: async ({ account: name = "", password }) =>
        name === password ? ok(grantOf(name)) : err({ kind: "reconnect", message: "Account and password do not match." }),
      renew: renewed,
    },
    oauth: {
      pkce: false,
      authorizationUrl: ({ state }) => ok(new URL(`https://vendor.example/authorize?state=${encodeURIComponent(state)}`)),
      exchangeCode: async ({ callbackUrl }) => ok(grantOf(callbackUrl.searchParams.get("code") ?? "")),
      refresh: renewed,
    },
  };
  const capabilities = options.capabilities ?? ["login", "poll", "backfill", "webhook"];
  const provider = Object.fromEntries(capabilities.map((name) => [name, all[name]])) as CgmProvider;
  const traits = { ...TRAITS, ...options.traits };
  const name = "world" as ProviderName;
  return { loaded: { name, displayName: "World", capabilities, traits, provider }, account, grantOf, asked };
}
