import { createServer } from "node:http";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type RunningHost, startHost } from "../running-host.ts";
import { chromiumPath, openBrowser, type WatchedBrowser } from "./open-browser.ts";

let host: RunningHost;
let browser: WatchedBrowser;

describe.skipIf(chromiumPath === null)("the page /docs in a real browser", () => {
  beforeAll(async () => {
    host = await startHost();
  });
  afterAll(() => host.stop());
  beforeEach(async () => {
    browser = await openBrowser();
  });
  afterEach(() => browser.close());

  it("shows every call of the API, complains of nothing and asks nobody else for anything", async () => {
    const { page, complaints, origins } = browser;
    await page.goto(`${host.url}/docs`, { waitUntil: "networkidle" });
    expect(page.url()).toMatch(/\/docs\/?(static\/index.html)?$/);
    const document = (await (await fetch(`${host.url}/openapi.json`)).json()) as { paths: Record<string, object> };
    const calls = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    await page
      .locator(".opblock")
      .nth(calls.length - 1)
      .waitFor();
    const shown = await page.locator(".opblock-summary").evaluateAll((blocks) =>
      blocks.map((block) => {
        const text = (selector: string) => block.querySelector(selector)?.textContent?.replaceAll("\u200b", "").trim();
        return `${text(".opblock-summary-method")} ${text(".opblock-summary-path")}`;
      }),
    );
    expect(shown.toSorted()).toEqual(calls.toSorted());
    expect(complaints).toEqual([]);
    expect([...origins]).toEqual([host.url]);
  });

  it("has a call tried from the page answered", async () => {
    const { page, complaints, origins } = browser;
    await page.goto(`${host.url}/docs`, { waitUntil: "networkidle" });
    const call = page.locator(".opblock", { has: page.locator('[data-path="/healthz"]') });
    await call.locator(".opblock-summary").click();
    await call.locator("button.execute").click();
    await expect.poll(() => call.locator(".live-responses-table tr.response .response-col_status").textContent()).toContain("200");
    expect(complaints).toEqual([]);
    expect([...origins]).toEqual([host.url]);
  });

  it("is watched well: what breaks the policy or leaves the host would be noticed", async () => {
    const { page, complaints, origins } = browser;
    const stranger = createServer((_request, response) => response.end("strange")).listen(0, "127.0.0.1");
    await new Promise((resolve) => stranger.once("listening", resolve));
    const { port } = stranger.address() as { port: number };
    await page.goto(`${host.url}/docs`, { waitUntil: "networkidle" });
    expect(complaints).toEqual([]);
    await page.evaluate(`fetch("http://127.0.0.1:${port}/").catch(() => {})`);
    await page.evaluate('document.body.append(Object.assign(document.createElement("script"), { textContent: "1" }))');
    await expect.poll(() => complaints.filter((each) => each.startsWith("policy:"))).toHaveLength(2);
    await page.goto(`http://127.0.0.1:${port}/`);
    expect([...origins]).toContain(`http://127.0.0.1:${port}`);
    stranger.close();
  });
});
