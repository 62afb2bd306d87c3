import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quotedText } from "./quoted-text.ts";

const SECRET = "canary-access-token";

describe("what is quoted of an answer", () => {
  it.each([
    ["", "it does not say why"],
    ["  \n\t ", "it does not say why"],
    ["startDate is wrong", "it says: startDate is wrong"],
    ["<html>\n<body>Bad  request</body></html>", "it says: Bad request"],
    ["2025-01-30T23:49:55 is no date", "it says: 2025-01-30T23:49:55 is no date"],
    ["unsupported_grant_type", "it says: unsupported_grant_type"],
    [`no ${SECRET} here`, "it says: no … here"],
    [`${" ".repeat(1_990)}${SECRET}`, "it says: …"],
    ["key 0af7651916cd43dd8448eb211c80319c", "it says: key …"],
    [`Bearer ${"x".repeat(40)}`, "it says: Bearer …"],
    ["zero\u0000width\u200b", "it says: zero width"],
  ])("%j: %s", (body, quoted) => {
    expect(quotedText(body, SECRET)).toBe(quoted);
  });

  it("is one short line without the secret, wherever it stands", () => {
    const body = fc.tuple(fc.string({ maxLength: 2_500, unit: "grapheme" }), fc.string({ maxLength: 300 })).map(([a, b]) => a + SECRET + b);
    fc.assert(
      fc.property(body, (text) => {
        const quoted = quotedText(text, SECRET);
        expect(quoted).not.toContain(SECRET);
        expect(quoted).not.toMatch(/[\n\r]/);
        expect(quoted.length).toBeLessThanOrEqual(131);
        expect(quoted.isWellFormed()).toBe(true);
      }),
    );
  });
});
