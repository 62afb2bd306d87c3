import type { ProviderName, StoreError } from "@bg-ingest/core";
import { err } from "neverthrow";
import { describe, expect, it } from "vitest";
import { consentProvider, consentVendor } from "../../../test/consent-provider.ts";
import { diaryProvider } from "../../../test/diary-provider.ts";
import { rawAt, served } from "../../../test/served.ts";

const HTML = { accept: "text/html" };

/** Without the marks: what is read out. */
function readOut(page: string): string {
  return page.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
}

describe("GET /connect/:userId", () => {
  it("shows every provider to somebody new: a button for consent, a form for a login, and what is missing of those not configured", async () => {
    const { get } = served({ providers: ({ nowMs }) => [consentProvider(), diaryProvider(nowMs)] });
    const page = await get("/connect/anna", HTML);
    expect(page.statusCode).toBe(200);
    expect(page.headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
    });
    const text = readOut(page.body);
    expect(text).toContain("Connections of anna");
    expect(text.match(/Not connected/g)).toHaveLength(2);
    expect(text).toContain("Connect at Allowing");
    expect(text).toContain("Elsewhere Not configured. Whoever runs this service has to set ELSEWHERE_CLIENT_ID");
    expect(text).toContain("Scripts are switched off");
    expect(page.body).toMatch(/<label for="field-diary-1">Password<\/label>\s*<input id="field-diary-1" name="password" type="password"/);
  });

  it("shows how a connection is, and what can be done", async () => {
    const service = served();
    await service.connect("anna");
    await service.tell("anna", [rawAt(-300, 347), rawAt(-600, 5_000)]);
    const page = (await service.get("/connect/anna", HTML)).body;
    const text = readOut(page);
    expect(page).toContain('data-state="healthy"');
    expect(text).toContain("Newest reading 2025-04-26 14:25:00 UTC , 5 minutes ago");
    expect(text).toContain("Asked next 2025-04-26 14:35:00 UTC , in 5 minutes");
    expect(text).toContain("Records set aside 1, listed with their reasons as JSON");
    expect(page).toContain('href="/api/connections/anna/diary/set-aside"');
    for (const action of ["poll", "disconnect", "login"]) expect(page).toContain(`data-action="${action}"`);
    expect(text).not.toContain("347");

    await service.ask("DELETE", "/api/connections/anna/diary");
    const ended = (await service.get("/connect/anna", HTML)).body;
    expect(ended).toContain('data-state="disconnected"');
    expect(ended).not.toContain('data-action="poll"');
    expect(readOut(ended)).toContain("Connect again");
  });

  it("asks whoever has to connect again for nothing else, and says once what is the matter", async () => {
    const message = "Access was taken back. Connect again.";
    const service = served({
      replace: ({ connections }) => ({
        connections: {
          ...connections,
          overview: async (...asked) =>
            (await connections.overview(...asked)).map((all) =>
              all.map((each) => ({
                ...each,
                state: "needs_reconnect",
                message,
                record: { ...each.record, health: { kind: "needs_reconnect", since: each.record.phaseSince, message } },
              })),
            ),
        },
      }),
    });
    await service.connect("anna");
    const page = (await service.get("/connect/anna", HTML)).body;
    expect(page).not.toContain('data-action="poll"');
    expect(page).toContain('data-action="disconnect"');
    expect(page.split(message)).toHaveLength(2);
    expect(readOut(page)).toContain("Last error since 2025-04-26 14:30:00 UTC");
  });

  it("tells people about an address with more in it than it takes what to do with the address", async () => {
    const page = await served().get("/connect/anna?colour=red", HTML);
    expect(page.statusCode).toBe(400);
    expect(page.body).not.toContain("`");
    expect(readOut(page.body)).toContain("Open the address without what stands behind the question mark.");
  });

  it("names no inline script or style, and every script and style it names is there", async () => {
    const { get, app } = served();
    const page = await get("/connect/anna", HTML);
    const policy = String(page.headers["content-security-policy"]);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(page.body).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=/i);
    const named = [...page.body.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path as string);
    expect(named).toHaveLength(2);
    for (const path of named) {
      const asset = await get(path);
      expect(asset.statusCode).toBe(200);
      expect((await get(path, { "if-none-match": String(asset.headers.etag) })).statusCode).toBe(304);
    }
    await app.close();
  });

  it("still shows a connection whose provider is no longer loaded", async () => {
    const providers = new Map();
    const service = served({
      replace: (deps) => {
        for (const [name, loaded] of deps.providers) providers.set(name, loaded);
        return { providers };
      },
    });
    await service.connect("anna");
    providers.delete("diary" as ProviderName);
    const page = (await service.get("/connect/anna", HTML)).body;
    expect(readOut(page)).toContain("This provider is not loaded");
    expect(page).not.toContain('data-action="login"');
  });

  it("says of a user id that is none, and of a store that is away, what to do: as a page in a browser, else as a problem document", async () => {
    const away: StoreError = { kind: "retry", message: "The disk is busy." };
    const { get } = served({ replace: ({ connections }) => ({ connections: { ...connections, overview: async () => err(away) } }) });
    const wrong = await get("/connect/%3Cscript%3E", HTML);
    expect([wrong.statusCode, wrong.headers["content-type"]]).toEqual([400, "text/html; charset=utf-8"]);
    expect(wrong.body).not.toContain("<script>");
    const busy = await get("/connect/anna", HTML);
    expect([busy.statusCode, busy.headers["retry-after"]]).toEqual([503, expect.stringMatching(/^\d+$/)]);
    expect(readOut(busy.body)).toContain("What to do:");
    expect((await get("/connect/anna")).json().type).toBe("/problems/store_away");
  });

  it("shows what a vendor calls itself as text", async () => {
    const vendor = { ...consentVendor(), displayName: '<img src=x onerror="alert(1)">' };
    const { get } = served({ providers: () => [consentProvider(vendor)] });
    const page = (await get("/connect/anna", HTML)).body;
    expect(page).not.toContain("<img");
    expect(page).toContain("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;");
  });
});
