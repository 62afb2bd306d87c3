import { type Answer, DATA_HEADERS } from "../answer.ts";
import { type Html, html, textOf } from "./html.ts";

/** Scripts and styles come from this service and stand in no page; nobody may frame a page, and a form leads nowhere but here. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The address of a page may hold what is nobody else's: a code, or who somebody is. */
export const PRIVATE_HEADERS = { ...DATA_HEADERS, "referrer-policy": "no-referrer" } as const;

const PAGE_HEADERS = {
  ...PRIVATE_HEADERS,
  "content-type": "text/html; charset=utf-8",
  "cross-origin-opener-policy": "same-origin",
} as const;

export interface Page {
  readonly title: string;
  readonly body: Html;
  /** Whether the page does something by itself. */
  readonly hasScript?: boolean;
  /** Whether a form of it asks this service for another page. Else no form leads anywhere. */
  readonly hasForm?: boolean;
}

export function pageAnswer(page: Page, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  const policy = page.hasForm === true ? PAGE_POLICY.replace("form-action 'none'", "form-action 'self'") : PAGE_POLICY;
  return { status, headers: { ...PAGE_HEADERS, "content-security-policy": policy, ...headers }, body: textOf(wholePage(page)) };
}

function wholePage({ title, body, hasScript = false }: Page): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · BG Ingest</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/pages.css">
${hasScript ? html`<script type="module" src="/assets/connect.js"></script>` : null}
</head>
<body>
${body}
</body>
</html>
`;
}
