import fc from "fast-check";
import { expect, it } from "vitest";
import { parseExposition } from "../../test/exposition.ts";
import { createHttpMeter } from "./http-meter.ts";
import { createInstruments } from "./instruments.ts";
import { METRICS } from "./metric-catalogue.ts";
import { createScrapes } from "./scrapes.ts";

const request = fc.record({
  method: fc.constantFrom("GET", "POST"),
  route: fc.constantFrom("/api/bg/:userId/latest", "/healthz", null),
  status: fc.constantFrom(200, 404, 503),
  ms: fc.oneof(fc.double({ min: 0, max: 60_000, noNaN: true }), fc.constantFrom(...(METRICS.requests.buckets ?? []).map((s) => s * 1000))),
});

it("whatever was answered stands in the exposition: in its row, in its bucket, once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(request, { maxLength: 60 }), async (requests) => {
      const instruments = createInstruments();
      const meter = createHttpMeter(instruments, createScrapes());
      for (const { method, route, status, ms } of requests) meter.answered(method, route, status, ms, null);
      const { samples } = parseExposition(await instruments.registry.metrics());
      for (const { name, labels, value } of samples.filter(({ metric }) => metric === METRICS.requests.name)) {
        const own = requests.filter(
          ({ method, route, status }) =>
            labels["method"] === method && labels["route"] === (route ?? "none") && labels["status"] === String(status),
        );
        const bound = Number((labels["le"] ?? "+Inf").replace("Inf", "Infinity")) * 1000;
        const expected = name.endsWith("_sum")
          ? own.reduce((sum, { ms }) => sum + ms, 0) / 1000
          : own.filter(({ ms }) => ms <= bound).length;
        expect(value).toBeCloseTo(expected, 6);
      }
      const counted = samples.filter(({ name }) => name === `${METRICS.requests.name}_count`).reduce((sum, { value }) => sum + value, 0);
      expect(counted).toBe(requests.length);
    }),
  );
});
