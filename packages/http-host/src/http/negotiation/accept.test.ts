import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { acceptedOf } from "./accept.ts";

const offers = ["application/json", "application/x-ndjson", "text/csv"] as const;
const accepted = (accept?: string) => acceptedOf(accept, offers);

describe("what a client accepts", () => {
  it("is the first offer where it says nothing or takes all", () => {
    for (const accept of [undefined, "", " ", "*/*", "application/*", "application/json", "text/html,*/*;q=0.8"]) {
      expect(accepted(accept)).toBe("application/json");
    }
  });

  it("is the offer with the highest weight, the earlier one among equals", () => {
    expect(accepted("text/csv, application/json")).toBe("application/json");
    expect(accepted("text/csv, application/json;q=0.9")).toBe("text/csv");
    expect(accepted("*/*;q=0.1, text/csv;q=0.2")).toBe("text/csv");
    expect(accepted("TEXT/CSV ; Q=1.000")).toBe("text/csv");
  });

  it("is decided by the most specific range", () => {
    expect(accepted("application/json;q=0, */*")).toBe("application/x-ndjson");
    expect(accepted("application/*;q=0.1, application/x-ndjson;q=0.5, */*;q=0.2")).toBe("application/x-ndjson");
    expect(accepted("application/*;q=0, */*;q=0.1")).toBe("text/csv");
  });

  it("is nothing where every offer is left out, or no range can be read", () => {
    for (const accept of ["image/png", "*/*;q=0", "text/csv;q=2", "json", "text/", ",", "application/json;q=0"])
      expect(accepted(accept)).toBeNull();
  });

  it("is an offer or nothing, whatever a client sends", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (accept) => [null, ...offers].includes(accepted(accept))));
  });
});
