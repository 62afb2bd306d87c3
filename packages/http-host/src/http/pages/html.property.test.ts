import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ConnectPage, connectBody } from "./connect-page.ts";
import { escaped, html, textOf } from "./html.ts";
import type { ShownConnection, ShownProvider } from "./shown-provider.ts";

const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onfocus='alert(1)' autofocus='",
    "</dd></dl></main><script>",
    "&lt;script&gt;",
    "javascript:alert(1)",
    "-->",
    "]]>",
    "` + alert(1) + `",
    "\u0000<b>",
  ),
  fc.array(fc.constantFrom("<", ">", '"', "'", "&", "=", "/", "a", " ", "\n"), { maxLength: 20 }).map((parts) => parts.join("")),
);

describe("a template", () => {
  it("escapes every text so that nothing breaks out of text or of quotes, and it reads as it was", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const markup = textOf(html`<p title="${text}">${text}</p>`);
        expect(markup).toBe(`<p title="${escaped(text)}">${escaped(text)}</p>`);
        expect(escaped(text)).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/);
        expect(readAsText(escaped(text))).toBe(text);
      }),
    );
  });

  it("takes markup of its own kind as it is, and nothing that only looks like it", () => {
    const inner = html`<b>${"<"}</b>`;
    expect(textOf(html`<p>${inner}${[inner, inner]}${null}${5}</p>`)).toBe("<p><b>&lt;</b><b>&lt;</b><b>&lt;</b>5</p>");
    const forged = JSON.parse('{"markup":"<script>"}') as never;
    expect(textOf(html`${forged}`)).not.toContain("<");
  });
});

function readAsText(markup: string): string {
  const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', "#39": "'", amp: "&" };
  return markup.replace(/&(lt|gt|quot|#39|amp);/g, (_, name: string) => entities[name] as string);
}

describe("the page of a person's connections", () => {
  /** Every place that a text of somebody else can come to stand in. */
  const places = ["user", "display", "name", "label", "field", "message", "error", "gap", "setting", "waiting", "broken"] as const;
  type Texts = Readonly<Record<(typeof places)[number], string>>;

  const at = "2025-04-26T14:30:00Z";
  const connectionOf = (texts: Texts, state: ShownConnection["state"]): ShownConnection => ({
    provider: texts.name,
    display_name: texts.display,
    source: "source",
    state,
    // What the last error says as well would stand there once.
    message: `Now: ${texts.message}`,
    since: at,
    connected_at: at,
    last_success_at: at,
    last_error: { message: texts.error, since: at, attempts: 3 },
    next_attempt_at: at,
    newest_reading_at: at,
    age_seconds: 300,
    lag_seconds: 100,
    backfill: { started_at: at, finished_at: null, from: at, to: at, done_from: at, nothing_said: 0, progress: 0.5 },
    gaps: [{ from: at, to: at, reason: texts.gap, recorded_at: at }],
    set_aside: 3,
    takes_deliveries: true,
    push: { state: "off" as const, since: at, message: texts.error, attempts: 2, next_attempt_at: at },
  });
  const pageOf = (texts: Texts): ConnectPage => {
    const states = ["backfilling", "healthy", "needs_reconnect", "disconnected", null] as const;
    const loginFields = [{ name: texts.field, label: texts.label, secret: true }];
    const providers = states.map(
      (state): ShownProvider => ({
        name: texts.name,
        displayName: texts.display,
        hasConsent: true,
        loginFields,
        connection: state === null ? null : connectionOf(texts, state),
      }),
    );
    return {
      userId: texts.user,
      nowMs: Date.parse(at),
      providers,
      notConfigured: [{ name: texts.name, displayName: texts.waiting, missing: [texts.setting] }],
      failed: [{ package: texts.broken, name: null, displayName: null }],
    };
  };
  const plain = Object.fromEntries(places.map((place) => [place, `PLAIN-${place}-TEXT`])) as Texts;

  it("is the same page whatever the texts are, but for the texts, which stand in it escaped", () => {
    const usual = textOf(connectBody(pageOf(plain)));
    for (const place of places) expect(usual).toContain(plain[place]);
    fc.assert(
      fc.property(
        fc.record(Object.fromEntries(places.map((place) => [place, hostile])) as Record<keyof Texts, typeof hostile>),
        (texts) => {
          const expected = places.reduce((page, place) => {
            const addressed = page.replaceAll(
              `/${encodeURIComponent(plain[place])}/`,
              () => `/${escaped(encodeURIComponent(wellFormed(texts[place])))}/`,
            );
            return addressed.replaceAll(plain[place], () => escaped(wellFormed(texts[place])));
          }, usual);
          const given = Object.fromEntries(places.map((place) => [place, wellFormed(texts[place])])) as Texts;
          expect(textOf(connectBody(pageOf(given)))).toBe(expected);
        },
      ),
    );
  });

  function wellFormed(text: string): string {
    return text.toWellFormed();
  }
});
