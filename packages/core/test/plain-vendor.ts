import { err, ok, type Result } from "neverthrow";
import { z } from "zod";
import type { RawReading } from "../src/normalize/raw-reading.ts";
import { defineProvider, type ProviderDeps } from "../src/plugin/provider-definition.ts";
import { signStandardWebhook, verifyStandardWebhook } from "../src/plugin/standard-webhooks.ts";
import type { Call } from "../src/ports/call.ts";
import {
  CAPABILITIES,
  type CapabilityName,
  type CgmProvider,
  type Credentials,
  type FetchPages,
  type Grant,
  type ProviderError,
  type ProviderPage,
  type WebhookCapability,
} from "../src/ports/cgm-provider.ts";
import { addSeconds, type Instant, type Span } from "../src/reading/instant.ts";
import { createManualTime } from "../src/testing/manual-time.ts";
import type { DeliveryForm, ProviderUnderTest, ShownReading, VendorWorld } from "../src/testing/provider/vendor-world.ts";
import { createProviderWorld } from "../src/testing/world/provider-world.ts";
import type { Situation } from "../src/testing/world/situation.ts";
import type { Shown } from "../src/testing/world/truth.ts";
import { RETRY_AFTER_MS, toPage, type WorldCredentials } from "../src/testing/world/world-pages.ts";

/** 2025-11-02T06:07:08Z */
const NOW = 1_762_063_628 as Instant;
const REDIRECT_URI = "https://ingest.example/api/oauth/plain/callback";
const PASSWORD = "correct-horse-battery";
const CLIENT_SECRET = "plain-client-secret-5up3r";
/** Kathmandu's wall clock. */
const UTC_OFFSET_MINUTES = 345;

/** What a fault is made of: the provider as it should be, and what it was created with. */
export type Alter = (provider: Required<CgmProvider>, deps: ProviderDeps) => Partial<CgmProvider>;

export interface PlainOptions {
  readonly alter?: Alter;
  readonly capabilities?: readonly CapabilityName[];
  /** Changes what the author of the world gives. */
  readonly staged?: (world: VendorWorld, situation: Situation) => VendorWorld;
  readonly wait?: (ms: number) => PromiseLike<void>;
}

type PlainCredentials = WorldCredentials & { readonly token: string };
type Cloud = ReturnType<typeof createCloud>;

const clouds = new WeakMap<object, Cloud>();

/** A provider with every capability before the vendor in memory, and the world that its author would write. */
export function plainVendor(options: PlainOptions = {}): ProviderUnderTest {
  const capabilities = options.capabilities ?? CAPABILITIES;
  const provider = defineProvider({
    apiVersion: 1,
    name: "plain",
    displayName: "Plain",
    configSchema: z.strictObject({ clientSecret: z.string().meta({ secret: true }) }),
    capabilities: [...capabilities],
    traits: {
      cadenceSeconds: 300,
      publicationDelaySeconds: 0,
      maxWindowSeconds: 7 * 86_400,
      historySeconds: 30 * 86_400,
      rePull: [],
      rateLimit: { calls: 10_000, perSeconds: 3_600, scope: "application" },
    },
    create: (_, deps) => {
      const whole = createPlainProvider(deps);
      const altered: CgmProvider = { ...whole, ...options.alter?.(whole, deps) };
      const kept = Object.entries(altered).filter(([name]) => capabilities.includes(name as CapabilityName) || options.alter !== undefined);
      return ok(Object.fromEntries(kept) as Required<CgmProvider>);
    },
  });
  return { provider, config: { clientSecret: CLIENT_SECRET }, world: (situation) => plainWorld(situation, options) };
}

function createCloud() {
  const clock = createManualTime(NOW * 1000);
  const now = () => Math.floor(clock.nowMs() / 1000) as Instant;
  const world = createProviderWorld({
    clock,
    capabilities: CAPABILITIES,
    paging: { recordsPerPage: 10, order: "newest_first", tellsLast: true },
  });
  const account = world.account("anna");
  for (let n = 0; n < 40; n++) {
    const at = addSeconds(NOW, -11_903 + n * 299);
    account.truth.show({ at, from: at, what: rawReading(at, 90 + n, n === 30 ? "above" : n === 12 ? "below" : null) });
  }
  const issued = new Map<string, { readonly challenge: string | null }>();
  return { clock, now, world, account, issued, subscription: { current: null as { callbackUrl: string; secret: string } | null } };
}

function rawReading(at: Instant, mgdl: number, side: "below" | "above" | null): RawReading {
  const bound = side === "below" ? 40 : 400;
  return {
    time: new Date(at * 1000).toISOString(),
    value: side === null ? mgdl : bound + (side === "below" ? -1 : 1),
    unit: "mg/dL",
    rangeFlag: side === null ? null : { side, bound },
    utcOffsetMinutes: UTC_OFFSET_MINUTES,
    record: { at, mgdl },
  };
}

function createPlainProvider(deps: ProviderDeps): Required<CgmProvider> {
  const cloud = cloudOf(deps);
  const { oauth, login, poll, backfill } = worldProviderOf(cloud);
  const { renew } = login;
  const fetchPages: FetchPages = (request, call) => counted(deps, call, request.credentials, () => poll.fetchPages(request, call));
  const renewed = async (credentials: Credentials, call: Call): Promise<Result<Credentials, ProviderError>> => {
    if (!isOurs(credentials)) return err(UNREADABLE);
    return (await troubleOf(cloud, call)) ?? (await renew(credentials, call)).map(withToken);
  };
  return {
    poll: { fetchPages },
    backfill: {
      fetchPages,
      availableSpan: async (credentials, call) => {
        if (cloud.account.isRevoked) return err({ kind: "reconnect", message: "The vendor grants access no more." });
        return (await troubleOf(cloud, call)) ?? (await backfill.availableSpan(credentials, call));
      },
    },
    login: {
      fields: login.fields,
      login: async (fields, call) => {
        const trouble = await troubleOf(cloud, call);
        if (trouble !== null) return trouble;
        if (!fields["account"] || fields["password"] !== PASSWORD)
          return err({ kind: "reconnect", message: "Account and password do not match." });
        return ok(grantOf(cloud));
      },
      renew: renewed,
    },
    oauth: {
      ...oauth,
      pkce: true,
      authorizationUrl: ({ state, codeChallenge }) => {
        const asked = {
          response_type: "code",
          state,
          redirect_uri: REDIRECT_URI,
          code_challenge: codeChallenge ?? "",
          code_challenge_method: "S256",
        };
        return ok(new URL(`https://vendor.example/authorize?${new URLSearchParams(asked)}`));
      },
      exchangeCode: async ({ callbackUrl, state, codeVerifier }, call) => {
        const refused = err({ kind: "reconnect", message: "The vendor did not agree. Connect again." } as const);
        const told = callbackUrl.searchParams;
        if (told.get("state") !== state || told.has("error")) return refused;
        const trouble = await troubleOf(cloud, call);
        if (trouble !== null) return trouble;
        const code = cloud.issued.get(told.get("code") ?? "");
        if (code === undefined || (code.challenge !== null && code.challenge !== (await challengeOf(codeVerifier ?? "")))) return refused;
        return ok(grantOf(cloud));
      },
      refresh: renewed,
    },
    webhook: plainWebhook(cloud),
  };
}

const UNREADABLE: ProviderError = { kind: "reconnect", message: "The stored access cannot be read. Connect again." };

function isOurs({ value }: Credentials): boolean {
  return typeof value === "object" && value !== null && "account" in value;
}

/** Each page is a request, and whoever has given up makes none. */
async function* counted(
  deps: ProviderDeps,
  { signal }: Call,
  credentials: Credentials,
  fetch: () => ReturnType<FetchPages>,
): AsyncGenerator<Result<ProviderPage, ProviderError>, void, void> {
  if (!isOurs(credentials)) return yield err(UNREADABLE);
  const iterator = fetch()[Symbol.asyncIterator]();
  for (;;) {
    if (signal.aborted) return yield err({ kind: "retry", message: "The call was called off." });
    await deps.fetch("https://vendor.example/readings");
    const step = await iterator.next();
    if (step.done === true) return;
    yield step.value;
    if (step.value.isErr()) return;
  }
}

function plainWebhook(cloud: Cloud): WebhookCapability {
  return {
    verify: async ({ headers, body }, secret) => {
      const verified = await verifyStandardWebhook({ headers, body, secret, nowMs: cloud.clock.nowMs(), toleranceSeconds: 300 });
      return verified.map(({ id, signedAt }) => ({ kind: "delivery", id, signedAt }));
    },
    read: (body) => {
      const parsed = plainBody.safeParse(parseJson(new TextDecoder().decode(body)));
      if (!parsed.success) return err({ kind: "stop", message: "The delivery is none of ours." });
      const { shown } = parsed.data;
      if (shown === undefined) return ok({ kind: "changed" });
      return ok({ kind: "readings", page: toPage("anna", shown as readonly Shown[], true) });
    },
    subscribe: async (_, callbackUrl, secret, call) => {
      const trouble = await troubleOf(cloud, call);
      if (trouble !== null) return trouble;
      cloud.subscription.current = { callbackUrl: callbackUrl.href, secret };
      return ok(undefined);
    },
    unsubscribe: async (_, __, call) => {
      const trouble = await troubleOf(cloud, call);
      if (trouble !== null) return trouble;
      cloud.subscription.current = null;
      return ok(undefined);
    },
  };
}

const plainBody = z.object({ account: z.string(), shown: z.array(z.unknown()).optional() });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What the vendor in memory does to pages, done to every other request. */
async function troubleOf({ account }: Cloud, { signal }: Call): Promise<Result<never, ProviderError> | null> {
  if (account.situation === "rate_limited") return err({ kind: "retry", message: "Too many requests.", retryAfterMs: RETRY_AFTER_MS });
  if (account.situation !== "hangs") return null;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  return err({ kind: "retry", message: "The vendor did not answer in time." });
}

function cloudOf({ clock }: ProviderDeps): Cloud {
  const cloud = clouds.get(clock);
  if (cloud === undefined) throw new Error("a plain provider lives in a plain world");
  return cloud;
}

function worldProviderOf({ world }: Cloud): Required<CgmProvider> {
  return world.loaded.provider as Required<CgmProvider>;
}

function grantOf({ world }: Cloud): Grant {
  const grant = world.grantOf("anna");
  return { ...grant, credentials: withToken(grant.credentials) };
}

function withToken({ value, expiresAt }: Credentials): Credentials {
  const { account, grant } = value as WorldCredentials;
  const credentials: PlainCredentials = { account, grant, token: tokenOf(grant) };
  return { value: credentials, expiresAt };
}

export function tokenOf(grant: number): string {
  return `plain-access-token-${grant}-of-anna`;
}

async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return Buffer.from(digest).toString("base64url");
}

function plainWorld(situation: Situation, options: PlainOptions): VendorWorld {
  const cloud = createCloud();
  const { account, clock, now } = cloud;
  clouds.set(clock, cloud);
  const silent = () => undefined;
  const shownIn = (span: Span) => (account.situation === "no_data" ? [] : account.truth.asOf(now(), span));
  const world: VendorWorld = {
    deps: { fetch: async () => new Response(""), clock, logger: { debug: silent, info: silent, warn: silent, error: silent } },
    window: { from: addSeconds(NOW, -9_000), to: addSeconds(NOW, 1) },
    shown: (span) => shownIn(span).flatMap(toShown),
    begin: () => account.situate(situation),
    passTime: clock.pass,
    wait: options.wait ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms))),
    retryAfterMs: RETRY_AFTER_MS,
    oauth: {
      consent: (url) => {
        const code = `plain-code-${crypto.randomUUID()}`;
        cloud.issued.set(code, { challenge: url.searchParams.get("code_challenge") });
        const back = new URL(url.searchParams.get("redirect_uri") ?? "");
        back.searchParams.set("code", code);
        back.searchParams.set("state", url.searchParams.get("state") ?? "");
        return back;
      },
    },
    login: { fields: { account: "anna", password: PASSWORD } },
    webhook: {
      forms: ["readings", "changed"],
      sign: ({ secret, form, span }) => sign(cloud, secret, form, shownIn(span)),
      subscription: () => cloud.subscription.current,
    },
  };
  return options.staged?.(world, situation) ?? world;
}

async function sign(cloud: Cloud, secret: string, form: DeliveryForm, shown: readonly Shown[]) {
  const text = JSON.stringify(form === "changed" ? { account: "anna" } : { account: "anna", shown });
  const body = new TextEncoder().encode(text);
  const headers = (await signStandardWebhook({ id: `msg_${form}`, signedAt: cloud.now(), body, secret }))._unsafeUnwrap();
  return { headers: { ...headers }, body };
}

function toShown({ at, what }: Shown): readonly ShownReading[] {
  if ("reason" in what) return [];
  const { value, rangeFlag, utcOffsetMinutes } = what;
  const glucose = !rangeFlag ? value : rangeFlag.side === "below" ? { below: rangeFlag.bound } : { above: rangeFlag.bound };
  return [{ at, glucose, ...(typeof utcOffsetMinutes === "number" && { utcOffsetMinutes }) }];
}
