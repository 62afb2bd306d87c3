import type { ProviderName, SourceId, UserId } from "@bg-ingest/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createDueSources, type ScheduledSource } from "./due-sources.ts";

const sourceOf = (provider: number, source: number): ScheduledSource => ({
  userId: "anna" as UserId,
  provider: `provider-${provider}` as ProviderName,
  sourceId: `source-${provider}-${source}` as SourceId,
});

const step = fc.oneof(
  fc.record({ kind: fc.constant("put" as const), provider: fc.nat(3), source: fc.nat(9), atMs: fc.nat(100) }),
  fc.record({ kind: fc.constant("take" as const), nowMs: fc.nat(100) }),
  fc.record({ kind: fc.constant("leave" as const), pick: fc.nat() }),
  fc.record({ kind: fc.constant("remove" as const), provider: fc.nat(3), source: fc.nat(9) }),
);

it("takes what is due first among those that find a place, each once, and no provider takes all places from the others", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 9 }), fc.array(step, { maxLength: 120 }), (places, steps) => {
      const due = createDueSources(places);
      const waiting = new Map<string, { readonly source: ScheduledSource; readonly atMs: number }>();
      const met = new Set<string>();
      const taken: ScheduledSource[] = [];
      const roomOf = (provider: string) => {
        const free = places - taken.length + takenOf(provider);
        return met.size > 1 ? Math.max(1, Math.floor(free * 0.75)) : places;
      };
      const takenOf = (provider: string) => taken.filter((each) => each.provider === provider).length;
      const inReach = () =>
        taken.length >= places ? [] : [...waiting.values()].filter(({ source }) => takenOf(source.provider) < roomOf(source.provider));
      for (const each of steps) {
        if (each.kind === "put") {
          const source = sourceOf(each.provider, each.source);
          due.put(source, each.atMs);
          met.add(source.provider);
          waiting.set(source.sourceId, { source, atMs: each.atMs });
        } else if (each.kind === "remove") {
          const source = sourceOf(each.provider, each.source);
          due.remove(source);
          waiting.delete(source.sourceId);
        } else if (each.kind === "leave") {
          const [gone] = taken.splice(each.pick % Math.max(1, taken.length), 1);
          if (gone !== undefined) due.leave(gone);
        } else {
          const earliest = Math.min(...inReach().map(({ atMs }) => atMs));
          const source = due.takeDue(each.nowMs);
          if (source === undefined) expect(earliest).toBeGreaterThan(each.nowMs);
          else {
            expect(waiting.get(source.sourceId)?.atMs).toBe(earliest);
            waiting.delete(source.sourceId);
            taken.push(source);
          }
        }
        expect(due.nextAtMs()).toBe(Math.min(...inReach().map(({ atMs }) => atMs)));
      }
    }),
  );
});

it("two providers that hang for everybody leave places to the third, of as many as the service has", () => {
  const due = createDueSources(64);
  for (let provider = 0; provider < 3; provider++) for (let n = 0; n < 100; n++) due.put(sourceOf(provider, n), provider);
  const taken = new Map<string, number>();
  for (let source = due.takeDue(9); source !== undefined; source = due.takeDue(9))
    taken.set(source.provider, (taken.get(source.provider) ?? 0) + 1);
  expect([...taken.values()]).toEqual([48, 12, expect.toSatisfy((count) => count >= 3)]);
});
