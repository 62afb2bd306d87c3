import type { ProviderError } from "../../ports/cgm-provider.ts";
import { broken, good, keeps, same } from "../promise.ts";
import { expiresAhead, opensReadings } from "./grant-held.ts";
import { madeBy, type Stage } from "./stage.ts";
import { before, type StagedCases } from "./staged-case.ts";
import { authorizationUrl, CHALLENGE, callbackOf, connect, exchange, STATE, verifierFor } from "./ways.ts";

export const oauthCases: StagedCases = {
  "oauth: the authorisation URL bears the state, where to come back to, and the PKCE challenge if that is declared": before(
    "well",
    async (stage) => {
      const { pkce } = madeBy(stage, "oauth");
      const url = good("there is an authorisation URL", await authorizationUrl(stage));
      const told = url.searchParams;
      keeps("a person opens it in a browser", url.protocol === "https:" || url.protocol === "http:", `it begins with ${url.protocol}`);
      same("its state is the one given", told.get("state"), STATE);
      same("it asks for a code", told.get("response_type"), "code");
      keeps("it says where to come back to", URL.canParse(told.get("redirect_uri") ?? ""), "redirect_uri is missing or no URL");
      same(`its code_challenge, with pkce ${pkce}`, told.get("code_challenge"), pkce ? CHALLENGE : null);
      same(`its code_challenge_method, with pkce ${pkce}`, told.get("code_challenge_method"), pkce ? "S256" : null);
      const other = good("there is another", await authorizationUrl(stage, `${STATE}-2`));
      same("each attempt has its own state", other.searchParams.get("state"), `${STATE}-2`);
    },
  ),
  "oauth: whoever agrees comes back to the redirect URI and is connected": before("well", async (stage) => {
    const asked = good("there is an authorisation URL", await authorizationUrl(stage));
    const back = await callbackOf(stage);
    same("the browser comes back to the redirect_uri", back.origin + back.pathname, pageOf(asked.searchParams.get("redirect_uri")));
    same("with the state given", back.searchParams.get("state"), STATE);
    const grant = await connect(stage, "oauth");
    expiresAhead(stage, grant.credentials);
    await opensReadings(stage, grant);
  }),
  "oauth: a callback of another attempt is refused": before("well", async (stage) => {
    const callbackUrl = await callbackOf(stage);
    await refuses(stage, "a callback with another state", { callbackUrl, state: `${STATE.slice(0, -1)}k` });
    const stateless = without(callbackUrl, "state");
    await refuses(stage, "a callback without a state", { callbackUrl: stateless, state: STATE });
  }),
  "oauth: a person who says no is not connected": before("well", async (stage) => {
    const callbackUrl = without(await callbackOf(stage), "code");
    callbackUrl.searchParams.set("error", "access_denied");
    await refuses(stage, "a callback with error=access_denied", { callbackUrl, state: STATE });
  }),
  "oauth: a callback with an error is refused, whatever else it bears": before("well", async (stage) => {
    const callbackUrl = new URL(await callbackOf(stage));
    callbackUrl.searchParams.set("error", "access_denied");
    await refuses(stage, "a callback with an error and a code", { callbackUrl, state: STATE });
  }),
  "oauth: a code that the vendor did not give is refused": before("well", async (stage) => {
    const callbackUrl = new URL(await callbackOf(stage));
    callbackUrl.searchParams.set("code", "bm90LWEtY29kZS1vZi10aGlzLXZlbmRvcg");
    await refuses(stage, "a made-up code", { callbackUrl, state: STATE });
    await refuses(stage, "a callback without a code", { callbackUrl: without(callbackUrl, "code"), state: STATE });
  }),
};

/** Where PKCE is declared. */
export const pkceCases: StagedCases = {
  "oauth: a code is good only with the verifier of its challenge": before("well", async (stage) => {
    if (!madeBy(stage, "oauth").pkce) return;
    const callbackUrl = await callbackOf(stage);
    await refuses(stage, "a code with another verifier", { callbackUrl, state: STATE, codeVerifier: "Z".repeat(43) });
  }),
};

async function refuses(
  stage: Stage,
  what: string,
  request: { readonly callbackUrl: URL; readonly state: string; readonly codeVerifier?: string },
): Promise<void> {
  const answer = await exchange(stage, { codeVerifier: verifierFor(stage), ...request });
  const promised = `${what} is reconnect: the person can begin again`;
  if (answer.isOk()) return broken(promised, "it was taken, and somebody is connected");
  same(promised, (answer.error as ProviderError).kind, "reconnect");
}

function without(url: URL, name: string): URL {
  const changed = new URL(url);
  changed.searchParams.delete(name);
  return changed;
}

function pageOf(redirectUri: string | null): string | null {
  if (redirectUri === null || !URL.canParse(redirectUri)) return redirectUri;
  const { origin, pathname } = new URL(redirectUri);
  return origin + pathname;
}
