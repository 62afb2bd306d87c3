import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseProviderName, parseSourceId, parseUserId } from "./identifiers.ts";

describe.each([
  [
    "a user id",
    parseUserId,
    /^[A-Za-z0-9._~:@-]{1,128}$/,
    ["", ".", "..", " ", "a b", "a/b", "ä", "a\n", "a%2Fb", "x".repeat(129), "\u0000"],
  ],
  ["a source id", parseSourceId, /^[a-z0-9]{8,16}$/, ["", "short12", "0123456789abcdefg", "ABCDEFGH", "abcd-efgh", "abcdefgh\n"]],
  [
    "a provider's name",
    parseProviderName,
    /^[a-z][a-z0-9-]{1,31}$/,
    ["", "a", "1mock", "-mock", "Mock", "mock_two", "m".repeat(33), "mock\n"],
  ],
] as const)("%s", (_, parse, form, others) => {
  const isOther = (text: string) => others.some((other) => other === text);

  it("is taken as it is, if it has the form", () => {
    fc.assert(
      fc.property(
        fc.stringMatching(form).filter((text) => !isOther(text)),
        (text) => {
          expect(parse(text)._unsafeUnwrap()).toBe(text);
        },
      ),
    );
  });

  it("is refused with a reason for people, if it has not", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.constantFrom(...others),
          fc.string({ unit: "binary" }).filter((text) => !form.test(text)),
        ),
        (text) => {
          const refused = parse(text)._unsafeUnwrapErr();
          expect(refused.kind).toBe("identifier_refused");
          expect(refused.message).toMatch(/^A .+ is \d/);
        },
      ),
    );
  });
});
