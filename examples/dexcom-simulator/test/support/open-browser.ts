import { existsSync } from "node:fs";
import { chromium, type Page } from "playwright-core";

const CHROMIUM = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";

/** Whether there is a browser to test in; throws where one is required. */
export const isBrowserThere = lookForBrowser();

function lookForBrowser(): boolean {
  if (existsSync(CHROMIUM)) return true;
  const message = `There is no Chromium at ${CHROMIUM}; CHROMIUM_PATH names another place.`;
  if (process.env["BG_INGEST_REQUIRE_BROWSER"] === "1") throw new Error(`The tests in a browser are required. ${message}`);
  process.stderr.write(`\nLEFT OUT: the tests in a real browser. ${message}\n\n`);
  return false;
}

/** A person's browser, and whatever it complained of. */
export interface PersonsBrowser {
  readonly page: Page;
  /** Errors and warnings on the console, errors that nobody caught, and violations of a content security policy. */
  readonly complaints: string[];
  /** Every address that it asked for. */
  readonly addresses: readonly string[];
  close(): Promise<void>;
}

/** In a container there is no sandbox to be had; and a browser under test asks nobody for updates. */
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const TELL_VIOLATIONS = `
  document.addEventListener("securitypolicyviolation", (event) => {
    tellViolation(event.violatedDirective + " " + event.blockedURI);
  });
`;

export async function openBrowser(): Promise<PersonsBrowser> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
  const context = await browser.newContext({ viewport: { width: 820, height: 640 } });
  const complaints: string[] = [];
  const addresses: string[] = [];
  context.on("request", (request) => void addresses.push(request.url()));
  context.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(`${message.type()}: ${message.text()}`);
  });
  context.on("weberror", (error) => void complaints.push(`uncaught: ${error.error().message}`));
  await context.exposeFunction("tellViolation", (text: string) => void complaints.push(`policy: ${text}`));
  await context.addInitScript({ content: TELL_VIOLATIONS });
  return { page: await context.newPage(), complaints, addresses, close: () => browser.close() };
}
