import type { Result } from "neverthrow";
import type { Call } from "../../ports/call.ts";
import type { CgmProvider, Credentials, Grant, ProviderError } from "../../ports/cgm-provider.ts";
import { broken, good } from "../promise.ts";
import { calm } from "../samples.ts";
import { answerTo, madeBy, type Stage, servedBy } from "./stage.ts";
import { secretsIn } from "./witness.ts";

/** How a person connects: by consent or by a form. */
export type Way = "oauth" | "login";

/** RFC 7636, appendix B. */
const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
export const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
export const STATE = "g7Qm2_b9-Zr4LwX0tYc6Hs8K";

export function waysOf(stage: Stage): readonly Way[] {
  return (["oauth", "login"] as const).filter((way) => stage.definition.capabilities.includes(way));
}

export async function connect(stage: Stage, way?: Way): Promise<Grant> {
  const chosen = way ?? waysOf(stage)[0];
  if (chosen === undefined) return broken("a person can connect", 'the provider declares neither "oauth" nor "login"');
  const grant = chosen === "oauth" ? await consent(stage) : await fillIn(stage);
  keepSecrets(stage, grant.credentials);
  return grant;
}

async function consent(stage: Stage): Promise<Grant> {
  const callbackUrl = await callbackOf(stage);
  const exchanged = await exchange(stage, { callbackUrl, state: STATE, codeVerifier: verifierFor(stage) });
  return good("a person who agreed is connected", exchanged);
}

/** What the browser brings back once the person has agreed. */
export async function callbackOf(stage: Stage): Promise<URL> {
  const world = servedBy(stage, "oauth", stage.world.oauth);
  const callbackUrl = await world.consent(good("there is an authorisation URL", await authorizationUrl(stage)));
  stage.witness.keepSecret(callbackUrl.searchParams.get("code") ?? "");
  return callbackUrl;
}

export function authorizationUrl(stage: Stage, state = STATE): Promise<Result<URL, ProviderError>> {
  const oauth = madeBy(stage, "oauth");
  return answerTo(stage, "oauth.authorizationUrl", async () =>
    oauth.authorizationUrl({ state, codeChallenge: oauth.pkce ? CHALLENGE : null }),
  );
}

export function verifierFor(stage: Stage): string | null {
  return madeBy(stage, "oauth").pkce ? VERIFIER : null;
}

export function exchange(
  stage: Stage,
  request: { readonly callbackUrl: URL; readonly state: string; readonly codeVerifier: string | null },
  call: Call = calm,
): Promise<Result<Grant, ProviderError>> {
  if (request.codeVerifier !== null) stage.witness.keepSecret(request.codeVerifier);
  return answerTo(stage, "oauth.exchangeCode", () => madeBy(stage, "oauth").exchangeCode(request, call));
}

async function fillIn(stage: Stage): Promise<Grant> {
  const { fields } = servedBy(stage, "login", stage.world.login);
  return good("the person's fields are taken", await login(stage, fields));
}

export function login(stage: Stage, fields: Readonly<Record<string, string>>, call: Call = calm): Promise<Result<Grant, ProviderError>> {
  const capability = madeBy(stage, "login");
  for (const { name, secret } of capability.fields) if (secret) stage.witness.keepSecret(fields[name] ?? "");
  return answerTo(stage, "login.login", () => capability.login(fields, call));
}

export async function renew(
  stage: Stage,
  way: Way,
  credentials: Credentials,
  call: Call = calm,
  provider: CgmProvider = stage.provider,
): Promise<Result<Credentials, ProviderError>> {
  const renewed =
    way === "oauth"
      ? await answerTo(stage, "oauth.refresh", () => (provider.oauth ?? madeBy(stage, "oauth")).refresh(credentials, call))
      : await answerTo(stage, "login.renew", () => (provider.login ?? madeBy(stage, "login")).renew(credentials, call));
  if (renewed.isOk()) keepSecrets(stage, renewed.value);
  return renewed;
}

function keepSecrets(stage: Stage, credentials: Credentials): void {
  for (const text of secretsIn(credentials.value)) stage.witness.keepSecret(text);
}
