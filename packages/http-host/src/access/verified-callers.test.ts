import { TRUSTED } from "@bg-ingest/core";
import { createManualTime } from "@bg-ingest/core/testing";
import { expect, it } from "vitest";
import { createVerifiedCallers } from "./verified-callers.ts";

it("whoever was verified is known for as long as was said, and no longer", () => {
  const time = createManualTime(0);
  const callers = createVerifiedCallers(time);
  callers.keep("a", TRUSTED, 1_000);
  callers.keep("b", TRUSTED, 0);
  callers.keep("c", TRUSTED, -5);
  time.pass(999);
  expect([callers.get("a"), callers.get("b"), callers.get("c")]).toEqual([TRUSTED, undefined, undefined]);
  time.pass(1);
  expect(callers.get("a")).toBeUndefined();
});

it("whoever sends ever new credentials fills no memory", () => {
  const callers = createVerifiedCallers(createManualTime(0), 3);
  for (const digest of ["a", "b", "c", "a", "d"]) callers.keep(digest, TRUSTED, 1_000);
  expect(["a", "b", "c", "d"].map((digest) => callers.get(digest) !== undefined)).toEqual([true, false, true, true]);
});
