import type { Answer } from "./answer.ts";

/** Text that is HTML already. */
interface Html {
  readonly html: string;
}

/** A template that escapes whatever is put into it and is no HTML yet. */
export function html(parts: TemplateStringsArray, ...values: readonly (string | Html | readonly Html[])[]): Html {
  return { html: parts.reduce((text, part, index) => `${text}${written(values[index - 1])}${part}`) };
}

function written(value: string | Html | readonly Html[] | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "string") return escaped(value);
  return "html" in value ? value.html : value.map((item) => item.html).join("\n");
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

/** A whole page. `formTarget`: an origin that the answer to a form on it may redirect to. */
export function pageAnswer(status: number, title: string, body: Html, formTarget = ""): Answer {
  const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Dexcom simulator</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;
  return { kind: "answer", status, headers: { ...headersFor(formTarget) }, body: page.html };
}

function headersFor(formTarget: string): Readonly<Record<string, string>> {
  // Browsers hold a redirect after a form against form-action too.
  const formAction = `form-action 'self'${formTarget === "" ? "" : ` ${formTarget}`}`;
  return {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": `default-src 'none'; style-src 'self'; ${formAction}; base-uri 'none'; frame-ancestors 'none'`,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
  };
}

const STYLE = `body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; }
main { max-width: 40rem; margin: 2rem auto; padding: 0 1rem; }
fieldset { border: 1px solid #767676; border-radius: 0.25rem; margin: 0 0 1rem; }
label { display: block; padding: 0.25rem 0; }
button { font: inherit; padding: 0.5rem 1rem; margin-right: 0.5rem; }
code { background: #f0f0f0; overflow-wrap: anywhere; }
:focus-visible { outline: 3px solid #0b57d0; outline-offset: 2px; }
`;

export const styleAnswer: Answer = {
  kind: "answer",
  status: 200,
  headers: { "content-type": "text/css; charset=utf-8", "x-content-type-options": "nosniff" },
  body: STYLE,
};
