import fc from "fast-check";
import { expect, it } from "vitest";
import { SCOPES, type Scope } from "../ports/scope.ts";
import type { UserId } from "../reading/identifiers.ts";
import { permit, TRUSTED } from "./caller.ts";

const scopes = fc.uniqueArray(fc.constantFrom(...SCOPES));
const person = fc.constantFrom("anna", "ANNA", "anna.", "bert", "a", "_") as fc.Arbitrary<UserId>;
/** Issuers name people as they please. */
const subject = fc.option(fc.oneof(person, fc.constantFrom("", "auth0|anna", "anna ", "*", "__proto__")));

it("without admin nobody is permitted anything that their scopes do not name, nor anything of somebody else", () => {
  fc.assert(
    fc.property(subject, scopes, fc.constantFrom(...SCOPES), person, (who, held, asked, of) => {
      const permitted = permit({ subject: who, scopes: new Set(held) }, asked, of).isOk();
      const isAdmin = held.some((scope) => scope === "admin");
      expect(permitted).toBe(isAdmin || (held.includes(asked) && (who === null || who === of)));
    }),
  );
});

it("who may do less is told no more: a refusal is the same for everybody whose data were asked for", () => {
  fc.assert(
    fc.property(scopes, fc.constantFrom(...SCOPES), person, person, (held, asked, one, other) => {
      const caller = { subject: "nobody", scopes: new Set<Scope>(held) };
      expect(permit(caller, asked, one)).toEqual(permit(caller, asked, other));
    }),
  );
});

it("a program that answers to nobody may do everything", () => {
  for (const scope of SCOPES) expect(permit(TRUSTED, scope, "anna" as UserId).isOk()).toBe(true);
});
