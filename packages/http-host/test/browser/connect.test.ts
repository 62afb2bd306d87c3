import type { RateLease } from "@bg-ingest/core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { freePort } from "../../../../tools/free-ports.ts";
import { consentProvider, consentVendor } from "../consent-provider.ts";
import { diaryProvider } from "../diary-provider.ts";
import { timeFrom } from "../fast-time.ts";
import { type RunningHost, startHost, WORN_AT_MS } from "../running-host.ts";
import { served } from "../served.ts";
import { chromiumPath, openBrowser, type WatchedBrowser } from "./open-browser.ts";

let host: RunningHost;
let browser: WatchedBrowser;
/** How much longer ago everything was, as the service has it. */
let aheadMs = 0;

const state = () => browser.page.locator("[data-provider=mock] [data-state]");
const becomes = (word: string) => expect.poll(() => state().getAttribute("data-state"), { timeout: 30_000, interval: 20 }).toBe(word);

describe.skipIf(chromiumPath === null)("the page /connect in a real browser", () => {
  beforeAll(async () => {
    // The consent page has to know where to lead back to before the service listens.
    const port = await freePort();
    const real = timeFrom(WORN_AT_MS);
    const time = { ...real, monotonicMs: () => real.monotonicMs() + aheadMs };
    host = await startHost({ PORT: String(port), MOCK_HISTORY_DAYS: "365" }, WORN_AT_MS, time);
  });
  afterAll(() => host.stop());
  beforeEach(async () => {
    browser = await openBrowser();
  });
  afterEach(async () => {
    const { complaints, origins } = browser;
    await browser.close();
    expect(complaints).toEqual([]);
    expect([...origins]).toEqual([host.url]);
  });

  it("connects by the login form with the keyboard alone, and shows the history being read until all is well", async () => {
    const { page } = browser;
    await page.goto(`${host.url}/connect/anna`);
    await page.getByLabel("User name").focus();
    await page.keyboard.type("anna");
    await page.keyboard.press("Enter");
    await page.getByText("Signed with this secret, shown this once").waitFor();
    await expect(page.locator(".shown-once").textContent()).resolves.toMatch(/whsec_.{20}/);
    await becomes("backfilling");
    await becomes("healthy");
    await page.getByRole("button", { name: "Poll now" }).click();
    await page.getByText("It was asked less than a minute ago: what it told is shown here.").waitFor();
    aheadMs += 61_000;
    await page.getByRole("button", { name: "Poll now" }).click();
    await page.getByText(/^Asked at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC: (nothing newer|new readings, .*)\.$/).waitFor();
  });

  it("says on a second look at the page Connected that it worked, and leads back", async () => {
    const { page, complaints } = browser;
    await page.goto(`${host.url}/connect/olga`);
    await page.getByRole("button", { name: "Connect at Mock sensor" }).click();
    await page.getByRole("heading", { name: "Connected", exact: true }).waitFor();
    await page.reload();
    await page.getByText("With this address you have been connected already.").waitFor();
    await page.getByRole("link", { name: "Back to the connections" }).click();
    await page.getByRole("heading", { name: "Connections of olga" }).waitFor();
    expect(complaints.splice(0)).toEqual([expect.stringContaining("400")]);
  });

  it("says in words for people what is wrong with an answer that programs read, too", async () => {
    const { page, complaints } = browser;
    await page.goto(`${host.url}/connect/pia`);
    await page.getByLabel("User name").fill("pia");
    await page.keyboard.press("Enter");
    await becomes("healthy");
    await page.route("**/api/connections/pia/mock/poll", (route) =>
      route.fulfill({
        status: 409,
        contentType: "application/problem+json",
        body: JSON.stringify({ type: "/problems/not_polled", title: "Not polled", what_to_do: "POST /api/connections" }),
      }),
    );
    await page.getByRole("button", { name: "Poll now" }).click();
    await page.getByText("Not polled. Connect again, and its readings are asked for at once.").waitFor();
    expect(complaints.splice(0)).toEqual([expect.stringContaining("409")]);
  });

  it("asks a service that is away ever more seldom, as that says, and not at all once its time is over", async () => {
    const { page, complaints } = browser;
    let asked = 0;
    let answer = { status: 503, headers: { "retry-after": "600" } };
    await page.clock.install();
    await page.goto(`${host.url}/connect/rosa`);
    await page.route("**/connect/rosa", (route) => {
      asked++;
      return route.fulfill(answer);
    });
    await page.clock.runFor(2_100);
    await page.getByText("The service does not answer").waitFor();
    const before = asked;
    await page.clock.runFor(300_000);
    expect(asked).toBe(before);
    answer = { ...answer, status: 401 };
    await page.clock.runFor(300_000);
    await page.getByText("Ask your application for a new link").waitFor();
    expect([asked, await page.getByText("The service does not answer").isVisible()]).toEqual([before + 1, false]);
    await page.clock.runFor(3_600_000);
    await page.evaluate("fetch('/healthz').then((answer) => answer.text())");
    expect(asked).toBe(before + 1);
    expect(complaints.splice(0)).toEqual([expect.stringContaining("503"), expect.stringContaining("401")]);
  });

  it("asks whoever opens the bare address whom they mean", async () => {
    const { page } = browser;
    await page.goto(host.url);
    await page.getByLabel("The person").fill("dora");
    await page.keyboard.press("Enter");
    await page.waitForURL(`${host.url}/connect/dora`);
    await page.getByRole("heading", { name: "Connections of dora" }).waitFor();
  });

  it("says what is wrong with a login, next to the form, and keeps what is typed", async () => {
    const { page, complaints } = browser;
    await page.goto(`${host.url}/connect/cleo`);
    await page.getByLabel("User name").fill("cleo");
    await page.getByLabel("Password").fill("wrong");
    await page.getByRole("button", { name: "Connect", exact: true }).click();
    const alert = page.getByRole("alert");
    await alert.getByText("refused the login").waitFor();
    for (let refresh = 0; refresh < 2; refresh++) await page.waitForResponse(`${host.url}/connect/cleo`);
    expect(await page.getByLabel("User name").inputValue()).toBe("cleo");
    // Chromium tells of an answer that is an error on the console; that one was asked for.
    expect(complaints.splice(0)).toEqual([expect.stringContaining("422")]);
  });

  it("connects by consent, disconnects, and connects again", async () => {
    const { page } = browser;
    await page.goto(`${host.url}/connect/ben`);
    await page.getByRole("button", { name: "Connect at Mock sensor" }).click();
    await page.getByRole("heading", { name: "Connected", exact: true }).waitFor();
    expect(await page.textContent("main")).toMatch(/whsec_.{20}/);
    await page.getByRole("link", { name: "See how it goes" }).click();
    await becomes("healthy");

    page.once("dialog", (dialog) => void dialog.accept());
    await page.getByRole("button", { name: "Disconnect" }).click();
    await becomes("disconnected");
    expect(await page.getByRole("button", { name: "Poll now" }).count()).toBe(0);

    await page.getByRole("button", { name: "Connect again at Mock sensor" }).click();
    await page.getByRole("heading", { name: "Connected", exact: true }).waitFor();
    expect(await page.textContent("main")).toContain("whsec_");
    await page.goto(`${host.url}/connect/ben`);
    await becomes("healthy");
  });

  it("has two tabs begin for two people, and each finish its own", async () => {
    const other = await browser.context.newPage();
    const pages = [browser.page, other];
    for (const [n, page] of pages.entries()) await page.goto(`${host.url}/connect/tab-${n}`);
    const ways: string[] = [];
    for (const page of pages) {
      const started = await page.evaluate(
        'fetch(location.pathname.replace("/connect/", "/api/connections/") + "/mock", { method: "POST" }).then((answer) => answer.json())',
      );
      ways.push((started as { authorization_url: string }).authorization_url);
    }
    for (const [n, page] of pages.entries()) {
      await page.goto(ways[n] as string);
      await page.getByRole("heading", { name: "Connected", exact: true }).waitFor();
    }
  });

  it("leads back from what was not finished", async () => {
    const { page, complaints } = browser;
    await page.goto(`${host.url}/connect/dora`);
    const started = await page.evaluate('fetch("/api/connections/dora/mock", { method: "POST" }).then((answer) => answer.json())');
    const denied = new URL((started as { authorization_url: string }).authorization_url);
    denied.searchParams.delete("code");
    denied.searchParams.set("error", "access_denied");
    await page.goto(denied.href);
    await page.getByRole("heading", { name: "The consent was not given" }).waitFor();
    await page.getByRole("link", { name: "Back to the connections" }).click();
    await page.getByRole("heading", { name: "Connections of dora" }).waitFor();
    expect(complaints.splice(0)).toEqual([expect.stringContaining("403")]);
  });

  it("asks again by itself while too many connect at once, and then is connected", async () => {
    let lease: RateLease = { kind: "wait", waitMs: 2_000 };
    const { app } = served({ providers: () => [consentProvider()], budget: { take: async () => lease } });
    const crowded = (await app.listen({ host: "127.0.0.1", port: 0 })).replace("127.0.0.1", "localhost");
    const { page, complaints, origins } = browser;
    await page.goto(`${crowded}/connect/ines`);
    const started = await page.evaluate('fetch("/api/connections/ines/allowing", { method: "POST" }).then((answer) => answer.json())');
    const state = new URL((started as { authorization_url: string }).authorization_url).searchParams.get("state");
    await page.goto(`${crowded}/api/oauth/allowing/callback?state=${state}&code=account-of-ines`, { waitUntil: "commit" });
    await page.getByText("Wait for 2 seconds").waitFor();
    lease = { kind: "granted" };
    await page.getByRole("heading", { name: "Connected", exact: true }).waitFor();
    expect(complaints.splice(0)).toEqual(expect.arrayContaining([expect.stringContaining("503")]));
    expect([...origins]).toEqual([crowded]);
    await app.close();
    await browser.close();
    browser = await openBrowser();
    await browser.page.goto(`${host.url}/connect/anna`);
  });

  it("says so where scripts are off, and shows how things are all the same", async () => {
    await browser.close();
    browser = await openBrowser({ javaScriptEnabled: false });
    await browser.page.goto(`${host.url}/connect/anna`);
    const note = browser.page.locator("noscript .note", { hasText: "Scripts are switched off" });
    expect(await note.isVisible()).toBe(true);
    expect(await state().count()).toBe(1);
  });

  it("does nothing that a vendor or a user id would have it do", async () => {
    const vendor = { ...consentVendor(), displayName: '"><img src=x onerror=alert(1)><script>alert(2)</script>' };
    vendor.startError = { kind: "stop", message: "<img src=x onerror=alert(3)>" };
    const { app } = served({ providers: ({ nowMs }) => [consentProvider(vendor), diaryProvider(nowMs)] });
    const hostile = (await app.listen({ host: "127.0.0.1", port: 0 })).replace("127.0.0.1", "localhost");
    const { page, complaints, origins } = browser;
    let dialogs = 0;
    page.on("dialog", (dialog) => {
      dialogs++;
      void dialog.dismiss();
    });
    await page.goto(`${hostile}/connect/~@:x`);
    await page.getByRole("heading", { name: "<script>alert(2)</script>" }).waitFor();
    await page.locator("[data-action=consent]").click();
    await page.getByText("<img src=x onerror=alert(3)>").waitFor();
    expect(await page.locator("img").count()).toBe(0);
    expect(dialogs).toBe(0);
    expect(complaints.splice(0)).toEqual([expect.stringContaining("502")]);
    expect([...origins]).toEqual([hostile]);
    await app.close();
    await browser.close();
    browser = await openBrowser();
    await browser.page.goto(`${host.url}/connect/anna`);
  });
});
