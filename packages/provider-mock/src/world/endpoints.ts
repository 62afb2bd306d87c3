import { parseInstant } from "@bg-ingest/core";
import { mix, unit } from "../person/chance.ts";
import type { VendorResponse } from "../vendor-fetch.ts";
import { answer, jsonAnswer } from "./answer.ts";
import { type NumberedRequest, touches } from "./answer-faults.ts";
import type { Grants, TokenPair } from "./grants.ts";
import { utcText } from "./print-record.ts";
import { accountIdOf, type PageMaker, readingsPage } from "./readings-page.ts";

/** What the endpoints know. */
export interface Cloud extends PageMaker {
  readonly grants: Grants;
  /** Whoever signs in at the consent page. */
  readonly consentAs: string;
  readonly subscriptions: Map<string, Subscription>;
}

export interface Subscription {
  readonly callbackUrl: string;
  readonly secret: string;
}

export type Endpoint = (cloud: Cloud, asked: NumberedRequest, url: URL) => VendorResponse | Promise<VendorResponse>;

/** The one password there is. An account without a password is entered by the demonstration login. */
export const MOCK_PASSWORD = "mock";

export const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  "GET /v1/readings": opened(readings),
  "GET /v1/data-range": opened(dataRange),
  "POST /v1/subscriptions": opened(subscribe),
  "DELETE /v1/subscriptions": opened(unsubscribe),
  "POST /v1/login": login,
  "POST /v1/demo-login": demoLogin,
  "POST /v1/session/renew": renewSession,
  "GET /oauth/authorize": (cloud, _, url) => answer(302, "", { location: consent(cloud, url).href }),
  "POST /oauth/token": token,
};

/** Where the consent page sends the browser: nobody is asked, the answer is yes. `login_hint` names the account. */
export function consent(cloud: Pick<Cloud, "grants" | "consentAs">, url: URL): URL {
  const callback = new URL(url.searchParams.get("redirect_uri") ?? "https://mock.invalid/no-redirect-uri");
  const account = url.searchParams.get("login_hint") ?? cloud.consentAs;
  callback.searchParams.set("code", cloud.grants.code(account, url.searchParams.get("code_challenge") ?? ""));
  callback.searchParams.set("state", url.searchParams.get("state") ?? "");
  return callback;
}

type OpenedEndpoint = (cloud: Cloud, account: string, asked: NumberedRequest, url: URL) => VendorResponse;

function opened(endpoint: OpenedEndpoint): Endpoint {
  return (cloud, asked, url) => {
    const account = cloud.grants.accountOf((asked.request.headers["authorization"] ?? "").replace(/^Bearer /, ""));
    const turnedAway = cloud.faults.shareOf("revoked") > 0 || touches(cloud.faults, "unauthorized", cloud.seed, asked.number);
    return account === undefined || turnedAway ? jsonAnswer(401, { error: "invalid_token" }) : endpoint(cloud, account, asked, url);
  };
}

const STALE_SECONDS = 45 * 60;
const AHEAD_SECONDS = 3600;
const WIDEST_WINDOW_SECONDS = 30 * 86_400;

function readings(cloud: Cloud, account: string, asked: NumberedRequest, url: URL): VendorResponse {
  const from = parseInstant(url.searchParams.get("start") ?? "").unwrapOr(undefined);
  const to = parseInstant(url.searchParams.get("end") ?? "").unwrapOr(undefined);
  const page = Number(url.searchParams.get("page") ?? "0");
  if (from === undefined || to === undefined || from > to || to - from > WIDEST_WINDOW_SECONDS || !(page >= 0)) {
    return jsonAnswer(400, { error: "invalid_request", message: "start and end: RFC 3339 with a zone, at most 30 days apart" });
  }
  const hit = (name: "stale_answer" | "future_instants" | "no_data") => touches(cloud.faults, name, cloud.seed, asked.number);
  if (hit("no_data")) return answer(200, emptyPage(cloud, account));
  const clock = Math.floor(asked.nowMs / 1000);
  const now = hit("stale_answer") ? clock - STALE_SECONDS : clock;
  const aheadSeconds = to >= clock - AHEAD_SECONDS && hit("future_instants") ? AHEAD_SECONDS : 0;
  const body = readingsPage(cloud, { account, from, to: to + aheadSeconds, page, now, aheadSeconds });
  return answer(200, holdsGarbage(cloud, from, to) ? body.slice(0, (body.length * 2) / 3) : body, { "content-type": "application/json" });
}

function emptyPage(cloud: Cloud, account: string): string {
  return readingsPage(cloud, { account, from: 0, to: 0, page: cloud.paging.pages - 1, now: 0, aheadSeconds: 0 });
}

const GARBAGE_SALT = 0x47415242;
const HOUR = 3600;

/** Whether an unreadable hour lies in a span; the hours are the same for everybody. */
function holdsGarbage(cloud: Cloud, from: number, to: number): boolean {
  const share = cloud.faults.shareOf("garbage_pages");
  if (share === 0) return false;
  for (let hour = Math.floor(from / HOUR); hour * HOUR < to; hour++) {
    if (unit(mix(mix(cloud.seed, GARBAGE_SALT), hour)) < share) return true;
  }
  return false;
}

function dataRange(cloud: Cloud, account: string, asked: NumberedRequest): VendorResponse {
  const none = touches(cloud.faults, "no_data", cloud.seed, asked.number);
  const shown = none ? null : cloud.source.shown(account, Math.floor(asked.nowMs / 1000));
  return jsonAnswer(200, {
    accountId: accountIdOf(cloud.seed, account),
    start: shown === null ? null : utcText(shown.from),
    end: shown === null ? null : utcText(shown.to - 1),
  });
}

function subscribe(cloud: Cloud, account: string, asked: NumberedRequest): VendorResponse {
  const form = formOf(asked);
  cloud.subscriptions.set(account, { callbackUrl: form.get("callback_url") ?? "", secret: form.get("secret") ?? "" });
  return jsonAnswer(201, {});
}

function unsubscribe(cloud: Cloud, account: string): VendorResponse {
  cloud.subscriptions.delete(account);
  return answer(204, "");
}

function login(cloud: Cloud, asked: NumberedRequest): VendorResponse {
  const form = formOf(asked);
  const account = form.get("user") ?? "";
  // A wrong password is a server error here, as it is at more than one real vendor: only the body tells.
  if (account === "" || form.get("password") !== MOCK_PASSWORD) return jsonAnswer(500, { error: "account_password_invalid" });
  return sessionAnswer(cloud, account, cloud.grants.issue("login", account));
}

function demoLogin(cloud: Cloud, asked: NumberedRequest): VendorResponse {
  const account = formOf(asked).get("user") ?? "";
  if (account === "") return jsonAnswer(400, { error: "account_missing" });
  return jsonAnswer(200, { accountId: accountIdOf(cloud.seed, account), accessKey: cloud.grants.key(account) });
}

function renewSession(cloud: Cloud, asked: NumberedRequest): VendorResponse {
  if (cloud.faults.shareOf("revoked") > 0) return jsonAnswer(401, { error: "session_ended" });
  const renewed = cloud.grants.renew("login", formOf(asked).get("renewal_key") ?? "");
  return renewed === undefined ? jsonAnswer(401, { error: "session_ended" }) : sessionAnswer(cloud, renewed.account, renewed);
}

function sessionAnswer(cloud: Cloud, account: string, pair: TokenPair): VendorResponse {
  return jsonAnswer(200, {
    accountId: accountIdOf(cloud.seed, account),
    sessionToken: pair.token,
    renewalKey: pair.renewal,
    expiresIn: pair.lifeSeconds,
  });
}

async function token(cloud: Cloud, asked: NumberedRequest): Promise<VendorResponse> {
  const form = formOf(asked);
  if (cloud.faults.shareOf("revoked") > 0) return refusedGrant();
  switch (form.get("grant_type")) {
    case "refresh_token": {
      const renewed = cloud.grants.renew("oauth", form.get("refresh_token") ?? "");
      return renewed === undefined ? refusedGrant() : tokenAnswer(cloud, renewed.account, renewed);
    }
    case "authorization_code": {
      const code = cloud.grants.spendCode(form.get("code") ?? "");
      if (code === undefined || !(await answersChallenge(code.challenge, form.get("code_verifier")))) return refusedGrant();
      return tokenAnswer(cloud, code.account, cloud.grants.issue("oauth", code.account));
    }
    default:
      return jsonAnswer(400, { error: "unsupported_grant_type" });
  }
}

function tokenAnswer(cloud: Cloud, account: string, pair: TokenPair): VendorResponse {
  return jsonAnswer(200, {
    access_token: pair.token,
    refresh_token: pair.renewal,
    token_type: "Bearer",
    expires_in: pair.lifeSeconds,
    account_id: accountIdOf(cloud.seed, account),
  });
}

function refusedGrant(): VendorResponse {
  return jsonAnswer(400, { error: "invalid_grant" });
}

/** RFC 7636, S256. */
async function answersChallenge(challenge: string, verifier: string | null): Promise<boolean> {
  if (challenge === "") return true;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier ?? "")));
  return (
    btoa(String.fromCharCode(...digest))
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replace(/=+$/, "") === challenge
  );
}

function formOf(asked: NumberedRequest): URLSearchParams {
  return new URLSearchParams(asked.request.body ?? "");
}
