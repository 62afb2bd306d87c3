import { err } from "neverthrow";
import { expect, it } from "vitest";
import { delayBy } from "../../../test/delay-by.ts";
import type { CgmProvider, ProviderError } from "../../ports/cgm-provider.ts";
import type { LogFields } from "../../ports/logger.ts";
import type { ProviderName } from "../../reading/identifiers.ts";
import type { Instant } from "../../reading/instant.ts";
import { createManualTime } from "../../testing/manual-time.ts";
import { guardProvider } from "./guard-provider.ts";
import { createScrub } from "./scrub.ts";

const TOKEN = 'cAnArY/"token" +1';
const REFRESH = "cAnArY-refresh";
const WEBHOOK = "whsec_cAnArY";
const PASSWORD = "cAnArY-password";
const CODE = "cAnArY-code";
const credentials = { value: { tokens: [{ access: TOKEN }, { refresh: REFRESH }], region: "eu" }, expiresAt: null };
const window = { from: 1_745_000_000 as Instant, to: 1_745_003_600 as Instant };
const call = { signal: new AbortController().signal };

const quoting = `${TOKEN} ${JSON.stringify({ TOKEN })} ?t=${encodeURIComponent(TOKEN)} ${REFRESH} ${WEBHOOK} ${PASSWORD} ${CODE}`;
const kinds = ["retry", "reconnect", "stop"] as const;

/** A vendor that says all it knows, or throws it. */
function telling(tell: () => unknown) {
  const logged: LogFields[] = [];
  const note = (fields: LogFields) => void logged.push(fields);
  const pages = async function* () {
    yield await tell();
  };
  const answer = async () => tell();
  const provider = {
    oauth: { pkce: true, authorizationUrl: tell, exchangeCode: answer, refresh: answer },
    login: {
      fields: [
        { name: "email", label: "", secret: false },
        { name: "password", label: "", secret: true },
      ],
      login: answer,
      renew: answer,
    },
    poll: { fetchPages: pages },
    backfill: { fetchPages: pages, availableSpan: answer },
    webhook: { verify: answer, read: tell, subscribe: answer, unsubscribe: answer },
  } as unknown as CgmProvider;
  const guard = {
    provider: "acme" as ProviderName,
    deadlineMs: 30_000,
    limits: { pagesPerCall: 3, recordsPerCall: 10, charactersPerCall: 1_000 },
    delay: delayBy(createManualTime()),
    logger: { debug: note, info: note, warn: note, error: note },
  };
  return { logged, provider: guardProvider(provider, guard) as Required<CgmProvider> };
}

async function firstOf<T>(items: AsyncIterable<T>): Promise<T | undefined> {
  for await (const item of items) return item;
  return undefined;
}

/** What of its own secrets each question lets through. */
async function asked(provider: Required<CgmProvider>): Promise<readonly (readonly [unknown, readonly string[]])[]> {
  const { oauth, login, poll, backfill, webhook } = provider;
  const url = new URL(`http://localhost/?code=${CODE}`);
  const ofSource = [TOKEN, encodeURIComponent(TOKEN), JSON.stringify(TOKEN).slice(1, -1), REFRESH];
  return [
    [await oauth.exchangeCode({ callbackUrl: url, state: "state", codeVerifier: null }, call), [CODE]],
    [await oauth.refresh(credentials, call), ofSource],
    [await login.login({ email: "anna@example", password: PASSWORD }, call), [PASSWORD]],
    [await login.renew(credentials, call), ofSource],
    [await firstOf(poll.fetchPages({ window, credentials }, call)), ofSource],
    [await firstOf(backfill.fetchPages({ window, credentials }, call)), ofSource],
    [await backfill.availableSpan(credentials, call), ofSource],
    [await webhook.verify({ headers: {}, body: new Uint8Array() }, WEBHOOK, call), [WEBHOOK]],
    [await webhook.subscribe?.(credentials, url, WEBHOOK, call), [...ofSource, WEBHOOK]],
    [await webhook.unsubscribe?.(credentials, url, call), ofSource],
  ];
}

const textOf = (value: unknown) =>
  JSON.stringify(value, (_, each: unknown) => (each instanceof Error ? [each.message, each.stack, each.cause] : each));

it.each(kinds)("what a provider says with %s never quotes the secrets it was called with", async (kind) => {
  const { provider } = telling(() =>
    err({ kind, message: quoting, cause: new Error(quoting, { cause: quoting }) } satisfies ProviderError),
  );
  for (const [answer, secrets] of await asked(provider)) {
    const told = textOf(answer);
    expect(told).toContain("[secret]");
    for (const secret of secrets) expect(told).not.toContain(JSON.stringify(secret).slice(1, -1));
  }
});

it("nor does what it throws, in its answer or in the log", async () => {
  const { provider, logged } = telling(() => {
    throw new Error(quoting, { cause: { response: { body: quoting } } });
  });
  for (const [i, [answer, secrets]] of (await asked(provider)).entries()) {
    const told = textOf([answer, logged[i]]);
    expect(told).toContain("[secret]");
    for (const secret of secrets) expect(told).not.toContain(JSON.stringify(secret).slice(1, -1));
  }
});

it("nor half of one, where a long message is cut", async () => {
  const { provider } = telling(() => err({ kind: "stop", message: `${"x".repeat(490)}${REFRESH}` }));
  const refused = await provider.oauth.refresh(credentials, call);
  expect(refused._unsafeUnwrapErr().message).not.toContain("cAn");
});

it("nor does a delivery's refusal", async () => {
  const { provider } = telling(() => err({ kind: "refused", reason: "signature_wrong", message: `not ${WEBHOOK}` }));
  const refused = await provider.webhook.verify({ headers: {}, body: new Uint8Array() }, WEBHOOK, call);
  expect(refused._unsafeUnwrapErr()).toEqual({ kind: "refused", reason: "signature_wrong", message: "not [secret]" });
});

it("a sentence without secrets stays as it is, and short texts hide nothing", () => {
  const { text } = createScrub({ region: "eu", token: TOKEN, own: "token-of-anna", part: "token-of" });
  expect(text("The eu region does not answer.")).toBe("The eu region does not answer.");
  expect(text("It was token-of-anna.")).toBe("It was [secret].");
});

it("a secret that was cut where it was quoted is taken out as far as it goes", () => {
  const secret = "v3/cAnArY-token/0123456789-abcdef";
  const scrub = createScrub(secret);
  expect(scrub.text(`for ${secret.slice(0, 20)}`)).toBe("for [secret]");
  expect(scrub.text(`for ${secret.slice(0, 15)}…, ${secret}, ${secret}!`)).toBe("for [secret]…, [secret], [secret]!");
});

it("what is thrown is looked through however deep it is and wherever it leads back to, and hidden whole where it is endless", () => {
  const { thrown } = createScrub(TOKEN);
  const deep = (depth: number, inner: unknown): unknown => (depth === 0 ? inner : { inner: deep(depth - 1, inner) });
  const round: { name: string; self?: unknown } = { name: "round" };
  round.self = round;
  expect(thrown(round)).toBe(round);
  expect(thrown(deep(50, TOKEN))).toBe("[secret]");
  let made = 0;
  const endless = (): unknown => {
    made++;
    return Object.defineProperty({}, "more", { get: endless, enumerable: true });
  };
  expect(thrown(endless())).toBe("[secret]");
  expect(made).toBeLessThan(10_000);
  expect(thrown({ body: new TextEncoder().encode(TOKEN) })).toBe("[secret]");
});
