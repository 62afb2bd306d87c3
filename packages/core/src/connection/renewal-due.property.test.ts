import fc from "fast-check";
import { expect, it } from "vitest";
import type { Instant } from "../reading/instant.ts";
import { isExpired, isRenewalDue, renewalAt } from "./renewal-due.ts";
import type { SourceSecrets } from "./secrets.ts";

const secretsOf = (obtainedAt: number | null, expiresAt: number | null): SourceSecrets => ({
  credentials: { value: null, expiresAt: expiresAt as Instant | null },
  obtainedAt: obtainedAt as Instant | null,
  way: null,
  webhookSecret: null,
});

const at = fc.integer({ min: 1_700_000_000, max: 1_800_000_000 });

it("credentials are due while a quarter of their life or less is left, and not before", () => {
  fc.assert(
    fc.property(
      at,
      fc.integer({ min: 1, max: 400 * 86_400 }),
      fc.double({ min: -0.5, max: 1.5, noNaN: true }),
      (obtainedAt, life, part) => {
        const now = Math.round(obtainedAt + part * life);
        const secrets = secretsOf(obtainedAt, obtainedAt + life);
        const left = obtainedAt + life - now;
        if (left >= life / 4 + 1) expect(isRenewalDue(secrets, now as Instant)).toBe(false);
        if (left <= life / 4) expect(isRenewalDue(secrets, now as Instant)).toBe(true);
        expect(isExpired(secrets, now as Instant)).toBe(left <= 0);
      },
    ),
  );
});

it("credentials whose beginning was not noted are due half an hour before their end", () => {
  fc.assert(
    fc.property(at, (end) => {
      expect(renewalAt(secretsOf(null, end))).toBe(end - 1_800);
    }),
  );
});

it("credentials that do not run out are never due", () => {
  fc.assert(
    fc.property(fc.option(at), at, (obtainedAt, now) => {
      const secrets = secretsOf(obtainedAt, null);
      expect([renewalAt(secrets), isRenewalDue(secrets, now as Instant), isExpired(secrets, now as Instant)]).toEqual([null, false, false]);
    }),
  );
});

it("credentials that are said to have ended before they began are due at their end", () => {
  expect(renewalAt(secretsOf(1_000, 900))).toBe(900);
});
