import type { ConsentAnswer, DexcomSimulator } from "../../src/index.ts";

/** What came of it, and what only the browser and the service were to know meanwhile. */
export interface Consented {
  /** Of the callback. */
  readonly status: number;
  readonly text: string;
  readonly callback: URL;
  readonly cookie: string;
}

/** What a person does in a browser, which takes the cookie along from the start to the callback. Their name is the same here and there. */
export async function consentInBrowser(
  url: string,
  simulator: DexcomSimulator,
  user: string,
  decision: ConsentAnswer["decision"] = "allow",
): Promise<Consented> {
  const { authorizationUrl, cookie } = await beginConsent(url, user);
  const back = simulator.consent(authorizationUrl, { user, decision })._unsafeUnwrap();
  return finishConsent(url, back, cookie);
}

/** `back`: where the vendor sent the browser. */
export async function finishConsent(url: string, back: URL, cookie: string): Promise<Consented> {
  const callback = new URL(`${url}/api/oauth/dexcom/callback${back.search}`);
  const finished = await fetch(callback, { headers: { cookie } });
  return { status: finished.status, text: await finished.text(), callback, cookie };
}

export async function beginConsent(url: string, user: string): Promise<{ readonly authorizationUrl: URL; readonly cookie: string }> {
  const started = await fetch(`${url}/api/connections/${user}/dexcom`, { method: "POST" });
  if (!started.ok) throw new Error(`Connecting answered ${started.status}: ${await started.text()}`);
  const { authorization_url } = (await started.json()) as { readonly authorization_url: string };
  const cookies = started.headers.getSetCookie().map((each) => each.split(";")[0]);
  return { authorizationUrl: new URL(authorization_url), cookie: cookies.join("; ") };
}
