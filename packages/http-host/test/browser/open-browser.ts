import { accessSync, constants } from "node:fs";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const USUAL_PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where Chromium is: `CHROMIUM_PATH`, else one of the usual places; `null` if there is none and none is required. */
export const chromiumPath = findChromium();

function findChromium(): string | null {
  const named = process.env["CHROMIUM_PATH"];
  const found = (named === undefined ? USUAL_PLACES : [named]).find(isExecutable);
  if (found !== undefined) return found;
  const message = `There is no Chromium at ${named ?? USUAL_PLACES.join(", ")}; CHROMIUM_PATH names another place.`;
  if (process.env["BG_INGEST_REQUIRE_BROWSER"] === "1") throw new Error(`The tests in a browser are required. ${message}`);
  process.stderr.write(`\nLEFT OUT: the tests in a real browser. ${message}\n\n`);
  return null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A browser with a window of its own, and all that went wrong in it. */
export interface WatchedBrowser {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Errors and warnings on the console, errors that nobody caught, and violations of a content security policy. */
  readonly complaints: string[];
  /** The origins of all that was asked for. */
  readonly origins: ReadonlySet<string>;
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

export async function openBrowser(options: { readonly javaScriptEnabled?: boolean } = {}): Promise<WatchedBrowser> {
  if (chromiumPath === null) throw new Error("There is no Chromium.");
  const browser: Browser = await chromium.launch({ executablePath: chromiumPath, args: ARGUMENTS });
  const context = await browser.newContext(options);
  const complaints: string[] = [];
  const origins = new Set<string>();
  context.on("request", (request) => void origins.add(new URL(request.url()).origin));
  context.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(`${message.type()}: ${message.text()}`);
  });
  context.on("weberror", (error) => void complaints.push(`uncaught: ${error.error().message}`));
  await context.exposeFunction("tellViolation", (text: string) => void complaints.push(`policy: ${text}`));
  await context.addInitScript({ content: TELL_VIOLATIONS });
  return { context, page: await context.newPage(), complaints, origins, close: () => browser.close() };
}
