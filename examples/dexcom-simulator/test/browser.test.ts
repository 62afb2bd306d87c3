import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { EVERYDAY_FAULTS } from "../src/index.ts";
import { isBrowserThere, openBrowser, type PersonsBrowser } from "./support/open-browser.ts";
import { type ServiceBesideSimulator, startBeside } from "./support/service-beside-simulator.ts";

/** With `BG_INGEST_SCREENSHOT=1` the picture of the documentation is taken anew. */
const SCREENSHOT = process.env["BG_INGEST_SCREENSHOT"] === "1" ? join(import.meta.dirname, "../../../docs/images/connect.png") : null;
const STATE_TIMEOUT = { timeout: 30_000, interval: 50 };

/** Ada and Ben have just been measured. The vendor's clock stands still here, so that what is published does not change while it is compared. */
const NOW_MS = Date.UTC(2026, 9, 14, 13, 7);

let service: ServiceBesideSimulator;
let browser: PersonsBrowser;

interface Connection {
  readonly source: string;
  readonly state: string;
  readonly message: string | null;
}

async function connectionsOf(person: string): Promise<readonly Connection[]> {
  const answer = await fetch(`${service.url}/api/connections/${person}`);
  return answer.status === 404 ? [] : ((await answer.json()) as { readonly connections: readonly Connection[] }).connections;
}

interface ServedReading {
  readonly timestamp: string;
  readonly glucose_mg_dl: number;
  readonly range_flag: "below" | "above" | null;
}

const iso = (seconds: number) => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;

async function readingsOf(person: string): Promise<readonly ServedReading[]> {
  const from = iso(NOW_MS / 1000 - 100 * 86_400);
  const answer = await fetch(`${service.url}/api/bg/${person}?from=${from}&detail=full&view=all`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as readonly ServedReading[];
}

/** Every instant that was published with a reading in it is there once, with a value that was published for it, and nothing else is. */
async function expectTruth(person: string, user: string): Promise<void> {
  const published = service.simulator.simulator.published(user).map(({ at, versions }) => ({ at, ...versions.at(-1) }));
  const truth = Map.groupBy(
    published.filter(({ mgdl }) => typeof mgdl === "number"),
    ({ at }) => iso(at),
  );
  const served = await readingsOf(person);
  expect(served.length).toBeGreaterThan(15_000);
  expect(served.map(({ timestamp }) => timestamp)).toEqual([...truth.keys()].toSorted());
  const untrue = served.filter(
    ({ timestamp, glucose_mg_dl, range_flag }) =>
      !truth.get(timestamp)?.some(({ mgdl, flag }) => flag === range_flag && (flag !== null || mgdl === glucose_mg_dl)),
  );
  expect(untrue).toEqual([]);
}

const openConnectionsOf = (person: string) => browser.page.goto(`${service.url}/connect/${person}`);

const state = () => browser.page.locator("[data-provider=dexcom] [data-state]");
const becomes = (word: string) => expect.poll(() => state().getAttribute("data-state"), STATE_TIMEOUT).toBe(word);

/** Presses connect, and waits for the vendor's page. */
async function goToVendor(button = "Connect at Dexcom"): Promise<void> {
  await browser.page.getByRole("button", { name: button, exact: true }).click();
  await browser.page.getByRole("heading", { name: "Allow access to your data?" }).waitFor();
  expect(new URL(browser.page.url()).origin).toBe(service.simulator.url);
}

async function consentAs(user: string): Promise<void> {
  await browser.page.getByRole("radio", { name: user }).check();
  await browser.page.getByRole("button", { name: "Allow" }).click();
}

async function connect(person: string, user: string): Promise<void> {
  await openConnectionsOf(person);
  await goToVendor();
  await consentAs(user);
  await browser.page.getByRole("heading", { name: "Connected", exact: true }).waitFor();
}

/** The address with which the vendor's page sent this browser back. */
function callbackAddress(): string {
  return browser.addresses.findLast((address) => address.startsWith(`${service.url}/api/oauth/dexcom/callback?`)) ?? "";
}

/** A page for people that says what happened and what to do, and gives nothing of the address away. Chromium complains of its status. */
async function expectRefusal({ page, complaints }: PersonsBrowser, title: string, status: number): Promise<void> {
  await page.getByRole("heading", { name: title }).waitFor();
  const text = (await page.textContent("main")) ?? "";
  expect(text).toContain("What to do:");
  expect(text).toContain(`(${status})`);
  for (const [, value = ""] of new URL(page.url()).searchParams) expect(await page.content()).not.toContain(value);
  expect(complaints.splice(0)).toEqual([expect.stringContaining(String(status))]);
}

/** Nothing is complained of, and nobody is asked but the service and the vendor. */
function expectClean({ complaints, addresses }: PersonsBrowser): void {
  expect(complaints).toEqual([]);
  const origins = new Set(addresses.map((address) => new URL(address).origin));
  expect([service.url, service.simulator.url]).toEqual(expect.arrayContaining([...origins]));
}

describe.skipIf(!isBrowserThere)("connecting at the simulator in a real browser", { timeout: 180_000 }, () => {
  beforeAll(async () => {
    service = await startBeside({ startsAtMs: NOW_MS, clock: { nowMs: () => NOW_MS }, faults: EVERYDAY_FAULTS });
  });
  afterAll(async () => {
    await service.stop();
    const logged = service.logLines.join("");
    const { simulator } = service.simulator;
    for (const secret of [...simulator.issuedSecrets(), ...simulator.clients.map(({ clientSecret }) => clientSecret)])
      expect(logged).not.toContain(secret);
    expect([...service.valve.origins]).toEqual([service.simulator.url]);
  });
  beforeEach(async () => {
    browser = await openBrowser();
  });
  afterEach(async () => {
    await browser.close();
    expectClean(browser);
  });

  it("leads from the button to the consent, shows the history being read, and serves exactly what was published", async () => {
    service.valve.closeAfter(2);
    await connect("berta", "ada");
    expect(await browser.page.textContent("main")).toMatch(/whsec_.{20}/);
    await browser.page.getByRole("link", { name: "See how it goes" }).click();
    await becomes("backfilling");
    await browser.page.getByRole("progressbar", { name: "History read" }).waitFor();
    if (SCREENSHOT !== null) await browser.page.screenshot({ path: SCREENSHOT });
    service.valve.open();
    await becomes("healthy");
    await expectTruth("berta", "ada");
    expect((await connectionsOf("berta")).map(({ message }) => message)).toEqual([null]);
  });

  it("says no for somebody who says no, and leaves nothing behind", async () => {
    await openConnectionsOf("dora");
    await goToVendor();
    await browser.page.getByRole("button", { name: "Deny" }).click();
    await expectRefusal(browser, "The consent was not given", 403);
    await browser.page.getByRole("link", { name: "Back to the connections" }).click();
    await browser.page.getByText("Not connected").waitFor();
    expect(await connectionsOf("dora")).toEqual([]);
  });

  it("takes a callback once", async () => {
    await connect("emil", "SandboxUser6");
    const before = await connectionsOf("emil");
    await browser.page.goto(callbackAddress());
    await expectRefusal(browser, "This was finished before, or never begun here", 400);
    expect((await connectionsOf("emil")).map(({ source }) => source)).toEqual(before.map(({ source }) => source));
    await openConnectionsOf("emil");
    await becomes("delayed");
  });

  it("lets no other browser finish what this one began, nor anybody after it", async () => {
    await openConnectionsOf("finn");
    await goToVendor();
    const callback = service.simulator.simulator.consent(new URL(browser.page.url()), { user: "ben" })._unsafeUnwrap().href;
    const other = await openBrowser();
    await other.page.goto(callback);
    await expectRefusal(other, "This was begun in another browser", 403);
    await other.close();
    expectClean(other);
    await browser.page.goto(callback);
    await expectRefusal(browser, "This was finished before, or never begun here", 400);
    expect(await connectionsOf("finn")).toEqual([]);
  });

  it("takes no state that it did not give out, even from a browser that began something", async () => {
    await openConnectionsOf("gus");
    await goToVendor();
    await browser.page.goto(`${service.url}/api/oauth/dexcom/callback?code=a-code-of-a-stranger&state=a-state-of-a-stranger`);
    await expectRefusal(browser, "This was finished before, or never begun here", 400);
    expect(await connectionsOf("gus")).toEqual([]);
  });

  it("says that access was taken back, and goes on with the same source once it is given again", async () => {
    await connect("hana", "ben");
    await browser.page.getByRole("link", { name: "See how it goes" }).click();
    await becomes("healthy");
    const [before] = await connectionsOf("hana");
    service.simulator.simulator.revoke("ben");
    // A good poll is not asked for again within the minute.
    service.pass(90);
    await browser.page.getByRole("button", { name: "Poll now" }).click();
    await becomes("needs_reconnect");
    await browser.page.getByText("Dexcom no longer grants access: it was taken back, or has run out. Connect again.").first().waitFor();
    await goToVendor("Connect again at Dexcom");
    await consentAs("ben");
    await browser.page.getByRole("link", { name: "See how it goes" }).click();
    await becomes("healthy");
    expect((await connectionsOf("hana")).map(({ source }) => source)).toEqual([before?.source]);
    await expectTruth("hana", "ben");
  });

  it("refuses another account than the one that was connected, and keeps what there is", async () => {
    await connect("ines", "SandboxUser7");
    await openConnectionsOf("ines");
    await becomes("delayed");
    const before = await readingsOf("ines");
    await browser.page.getByText("Connect again").first().click();
    await goToVendor("Connect again at Dexcom");
    await consentAs("nora");
    await expectRefusal(browser, "another account", 409);
    expect(await readingsOf("ines")).toEqual(before);
    await openConnectionsOf("ines");
    await becomes("delayed");
  });
});

describe.skipIf(!isBrowserThere)("connecting with a wrong client secret in a real browser", () => {
  beforeAll(async () => {
    service = await startBeside({ environment: { DEXCOM_CLIENT_SECRET: "a-mistyped-secret" } });
  });
  afterAll(async () => {
    await service.stop();
    expect(service.logLines.join("")).not.toContain("a-mistyped-secret");
  });

  it("says which settings to look at, shows no secret, and connects nobody", async () => {
    browser = await openBrowser();
    await openConnectionsOf("anna");
    await goToVendor();
    await consentAs("ada");
    await browser.page.getByText("DEXCOM_CLIENT_SECRET").first().waitFor();
    expect(await browser.page.content()).not.toContain("a-mistyped-secret");
    await expectRefusal(browser, "The provider cannot go on as things are", 502);
    await browser.page.getByRole("link", { name: "Back to the connections" }).click();
    await browser.page.getByText("Not connected").waitFor();
    expect(await connectionsOf("anna")).toEqual([]);
    await browser.close();
    expectClean(browser);
  });
});
