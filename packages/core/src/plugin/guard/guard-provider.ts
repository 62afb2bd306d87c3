import { err, ok } from "neverthrow";
import type {
  BackfillCapability,
  CgmProvider,
  LoginCapability,
  OAuthCapability,
  PollCapability,
  WebhookCapability,
  WebhookRefused,
  WebhookVerified,
} from "../../ports/cgm-provider.ts";
import type { Guard } from "./guard.ts";
import { guardedAnswer, guardedCall, type Question } from "./guarded-call.ts";
import { guardPages } from "./guarded-pages.ts";
import {
  parseAvailableSpan,
  parseCredentials,
  parseGrant,
  parseNothing,
  parseUrl,
  parseWebhookContent,
  parseWebhookRefused,
  parseWebhookVerified,
} from "./parse-values.ts";
import { createScrub } from "./scrub.ts";

/**
 * A provider that keeps the promises of its port whatever the package behind it does: a throw becomes `stop`, a hang becomes `retry`
 * after the deadline, a flood is cut with `stop`, an answer of the wrong shape becomes `stop`, a record of the wrong shape is rejected.
 */
export function guardProvider(provider: CgmProvider, guard: Guard): CgmProvider {
  const { oauth, login, poll, backfill, webhook } = provider;
  return {
    ...(oauth === undefined ? {} : { oauth: guardOAuth(oauth, guard) }),
    ...(login === undefined ? {} : { login: guardLogin(login, guard) }),
    ...(poll === undefined ? {} : { poll: guardPoll(poll, guard) }),
    ...(backfill === undefined ? {} : { backfill: guardBackfill(backfill, guard) }),
    ...(webhook === undefined ? {} : { webhook: guardWebhook(webhook, guard) }),
  };
}

function guardOAuth(oauth: OAuthCapability, guard: Guard): OAuthCapability {
  const exchange = { name: "oauth.exchangeCode", parse: parseGrant };
  const refresh = { name: "oauth.refresh", parse: parseCredentials };
  const authorize = { name: "oauth.authorizationUrl", parse: parseUrl, scrub: createScrub() };
  return {
    pkce: oauth.pkce,
    authorizationUrl: (request) => guardedAnswer(guard, authorize, () => oauth.authorizationUrl(request)),
    exchangeCode: (request, call) => {
      const scrub = createScrub([...request.callbackUrl.searchParams.values()], request.codeVerifier);
      return guardedCall(guard, { ...exchange, scrub }, call, (own) => oauth.exchangeCode(request, own));
    },
    refresh: (credentials, call) =>
      guardedCall(guard, { ...refresh, scrub: createScrub(credentials.value) }, call, (own) => oauth.refresh(credentials, own)),
  };
}

function guardLogin(login: LoginCapability, guard: Guard): LoginCapability {
  return {
    fields: login.fields,
    login: (fields, call) => {
      const scrub = createScrub(login.fields.filter(({ secret }) => secret).map(({ name }) => fields[name]));
      return guardedCall(guard, { name: "login.login", parse: parseGrant, scrub }, call, (own) => login.login(fields, own));
    },
    renew: (credentials, call) => {
      const scrub = createScrub(credentials.value);
      return guardedCall(guard, { name: "login.renew", parse: parseCredentials, scrub }, call, (own) => login.renew(credentials, own));
    },
  };
}

function guardPoll(poll: PollCapability, guard: Guard): PollCapability {
  return { fetchPages: guardPages(guard, "poll.fetchPages", (request, call) => poll.fetchPages(request, call)) };
}

function guardBackfill(backfill: BackfillCapability, guard: Guard): BackfillCapability {
  const available = { name: "backfill.availableSpan", parse: parseAvailableSpan };
  return {
    fetchPages: guardPages(guard, "backfill.fetchPages", (request, call) => backfill.fetchPages(request, call)),
    availableSpan: (credentials, call) =>
      guardedCall(guard, { ...available, scrub: createScrub(credentials.value) }, call, (own) =>
        backfill.availableSpan(credentials, own),
      ).map(({ span }) => span),
  };
}

function guardVerify(webhook: WebhookCapability, guard: Guard): WebhookCapability["verify"] {
  const question = { name: "webhook.verify", parse: parseWebhookVerified, parseRefusal: parseWebhookRefused };
  return (request, secret, call) => {
    const scrub = createScrub(secret);
    const own: Question<WebhookVerified | WebhookRefused> = { ...question, scrub };
    return guardedCall(guard, own, call, (limited) => webhook.verify(request, secret, limited))
      .mapErr(({ message }): WebhookRefused => ({ kind: "refused", reason: "not_checked", message }))
      .andThen((answer) => (answer.kind === "refused" ? err({ ...answer, message: scrub.text(answer.message) }) : ok(answer)));
  };
}

function guardWebhook(webhook: WebhookCapability, guard: Guard): WebhookCapability {
  const { subscribe, unsubscribe } = webhook;
  return {
    verify: guardVerify(webhook, guard),
    read: (body) =>
      guardedAnswer(guard, { name: "webhook.read", parse: (value) => parseWebhookContent(value, guard.limits), scrub: createScrub() }, () =>
        webhook.read(body),
      ),
    ...(subscribe === undefined
      ? {}
      : {
          subscribe: (credentials, callbackUrl, secret, call) =>
            guardedCall(
              guard,
              { name: "webhook.subscribe", parse: parseNothing, scrub: createScrub(credentials.value, secret) },
              call,
              (own) => subscribe.call(webhook, credentials, callbackUrl, secret, own),
            ).andThen(() => ok()),
        }),
    ...(unsubscribe === undefined
      ? {}
      : {
          unsubscribe: (credentials, callbackUrl, call) =>
            guardedCall(guard, { name: "webhook.unsubscribe", parse: parseNothing, scrub: createScrub(credentials.value) }, call, (own) =>
              unsubscribe.call(webhook, credentials, callbackUrl, own),
            ).andThen(() => ok()),
        }),
  };
}
