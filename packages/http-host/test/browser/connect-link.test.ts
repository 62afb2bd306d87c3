import { type Instant, newApiKey } from "@bg-ingest/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { digest } from "../../src/composition/digest.ts";
import { consentProvider } from "../consent-provider.ts";
import { diaryProvider } from "../diary-provider.ts";
import { calm, good, rawAt, type Served, served } from "../served.ts";
import { chromiumPath, openBrowser, type WatchedBrowser } from "./open-browser.ts";

let service: Served;
let url: string;
let browser: WatchedBrowser;
let authorization: string;

/** As an application makes it, with its key. */
async function linkTo(user: string): Promise<string> {
  const answer = await fetch(`${url}/api/connect-links/${user}`, { method: "POST", headers: { authorization } });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { readonly url: string }).url;
}

/** What the page itself is answered, with whatever cookies the browser has. */
function statusInPage(path: string, method = "GET"): Promise<number> {
  return browser.page.evaluate(`fetch(${JSON.stringify(path)}, { method: "${method}" }).then(({ status }) => status)`);
}

describe.skipIf(chromiumPath === null)("a link to a person's connections, opened in a real browser", () => {
  beforeEach(async () => {
    service = served({ isAsked: true, providers: ({ nowMs }) => [diaryProvider(nowMs), consentProvider()] });
    const { key, text } = newApiKey("k".repeat(43), { name: "app", scopes: ["read", "write"], subject: null }, 1 as Instant, digest);
    good(await service.keys.add(key, calm));
    authorization = `Bearer ${text}`;
    url = (await service.app.listen({ host: "127.0.0.1", port: 0 })).replace("127.0.0.1", "localhost");
    await service.connect("bert");
    await service.tell("bert", [rawAt(-300, 233)]);
    browser = await openBrowser();
  });
  afterEach(async () => {
    const { complaints, origins } = browser;
    await browser.close();
    await service.app.close();
    // Chromium tells of every answer that is an error on the console; those were asked for.
    expect(complaints.filter((each) => !/status of (401|403)/.test(each))).toEqual([]);
    expect([...origins]).toEqual([url]);
  });

  it("leaves the pass in no address, connects the person, and shows that person's page alone, and no reading", async () => {
    const { page, context } = browser;
    await page.goto(await linkTo("anna"));
    await page.getByRole("heading", { name: "Connections of anna" }).waitFor();
    expect(page.url()).toBe(`${url}/connect/anna`);
    expect(await page.evaluate("document.cookie + JSON.stringify(Object.entries(localStorage)) + document.referrer")).toBe("[]");
    expect(await context.cookies()).toEqual([expect.objectContaining({ httpOnly: true, sameSite: "Lax" })]);

    await page.getByLabel("Name").fill("anna");
    await page.getByLabel("Password").fill("open sesame");
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    await page.getByText("Signed with this secret, shown this once").waitFor();
    await service.tell("anna", [rawAt(-300, 211), rawAt(-600, 90_211)]);
    await page.reload();
    await page.locator("[data-provider=diary] [data-state]").waitFor();

    for (const path of ["/api/connections/anna", "/api/connections/anna/diary/set-aside", "/connect/anna"])
      expect([path, await statusInPage(path)]).toEqual([path, 200]);
    expect(await page.content()).not.toMatch(/\b(90)?211\b|\b233\b|open sesame/);
    expect(await page.evaluate('fetch("/api/connections/anna/diary/set-aside").then((answer) => answer.text())')).not.toContain('"record"');
    for (const path of [
      "/api/bg/anna/latest",
      "/api/bg/anna?from=2025-04-26",
      "/api/bg/bert/latest",
      "/api/connections/bert",
      "/api/providers",
    ])
      expect([path, await statusInPage(path)]).toEqual([path, 401]);
    for (const path of ["/api/bg/anna", "/api/bg/bert", "/api/connections/bert/diary"])
      expect([path, await statusInPage(path, "DELETE")]).toEqual([path, 401]);
    expect(await statusInPage("/api/connect-links/anna", "POST")).toBe(401);
    await page.goto(`${url}/connect/bert`);
    await page.getByText("Open this page by the link that your application gives you").waitFor();
    expect((await service.get("/api/bg/bert/latest", { authorization })).statusCode).toBe(200);
  }, 120_000);

  it("opens nothing after ten minutes, nor the page of anybody else, and what it opened is shut after an hour", async () => {
    const { page } = browser;
    const link = await linkTo("anna");
    await page.goto(link.replace("/anna/", "/bert/"));
    await page.getByRole("heading", { name: "This link is no longer good" }).waitFor();
    await page.goto(link);
    await page.getByRole("heading", { name: "Connections of anna" }).waitFor();

    service.time.pass(600_000);
    const later = await openBrowser();
    await later.page.goto(link);
    await later.page.getByRole("heading", { name: "This link is no longer good" }).waitFor();
    expect(await later.context.cookies()).toEqual([]);
    await later.close();
    await page.reload();
    await page.getByRole("heading", { name: "Connections of anna" }).waitFor();

    service.time.pass(3_000_000);
    await page.reload();
    await page.getByRole("heading", { name: "This link is no longer good" }).waitFor();
    expect(await statusInPage("/api/connections/anna")).toBe(401);
  }, 120_000);
});
