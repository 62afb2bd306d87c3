import { describe, expect, it } from "vitest";
import { z } from "zod";
import { holdsSecret } from "./secret-marks.ts";

const secret = z.string().meta({ secret: true });
const plain = z.string();
interface Endless {
  readonly more?: Endless | undefined;
}
const endless = (): z.ZodType<Endless> => z.strictObject({ more: z.lazy(endless).optional() });
const rounds: z.ZodType = z.lazy(() => z.strictObject({ again: rounds.optional() }));

describe("a schema holds a secret", () => {
  it.each<readonly [string, z.ZodType]>([
    ["itself", secret],
    ["under what wraps it", secret.min(3).optional().nullable().default("x").readonly().catch("y")],
    ["before it is made into something else", secret.transform((text) => text.length)],
    ["after it was made of something else", z.preprocess(String, secret)],
    ["at the end of a pipe", plain.transform((text): unknown => JSON.parse(text)).pipe(z.strictObject({ token: secret }))],
    ["in an object of an object", z.strictObject({ inner: z.object({ token: secret }) })],
    ["in a list", z.array(secret)],
    ["in a list of fixed length", z.tuple([plain, secret])],
    ["at the end of such a list", z.tuple([plain], secret)],
    ["in one of several that it may be", z.union([z.literal("none"), z.strictObject({ token: secret })])],
    [
      "in one of several that are told apart by name",
      z.discriminatedUnion("kind", [z.object({ kind: z.literal("none") }), z.object({ kind: z.literal("token"), token: secret })]),
    ],
    ["in one of two that it has to be", z.intersection(z.object({ id: plain }), z.object({ token: secret }))],
    ["in what is listed by name", z.record(plain, secret)],
    ["in what is listed by anything", z.map(plain, secret)],
    ["in a set", z.set(secret)],
    ["in whatever else an object holds", z.object({}).catchall(secret)],
    ["where it is made only when asked for", z.lazy(() => secret)],
  ])("%s", (_, schema) => {
    expect(holdsSecret(schema)).toBe(true);
  });

  it("nowhere, though it goes round in a circle", () => {
    expect(holdsSecret(z.strictObject({ id: plain, port: z.coerce.number().optional(), rounds }))).toBe(false);
  });

  it("for all that anybody knows where its end is never reached", () => {
    expect(holdsSecret(endless())).toBe(true);
  });
});
