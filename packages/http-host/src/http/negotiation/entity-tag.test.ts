import { describe, expect, it } from "vitest";
import { createEntityTagger, entityTagOf, isHeldByClient } from "./entity-tag.ts";

describe("an entity tag", () => {
  it("is the same for the same bytes, and another for others", () => {
    expect(entityTagOf("a")).toBe(entityTagOf(Buffer.from("a")));
    expect(entityTagOf("a")).not.toBe(entityTagOf("b"));
    expect(entityTagOf("a")).toMatch(/^"[\w-]{22}"$/);
  });

  it("is the same for content in pieces", () => {
    const tagger = createEntityTagger();
    for (const piece of ["a", "", "bc"]) tagger.add(Buffer.from(piece));
    expect(tagger.tag()).toBe(entityTagOf("abc"));
  });

  it("is found in a list, weak or strong, and stood for by a star", () => {
    const tag = '"a,b"';
    for (const held of [tag, `W/${tag}`, `"x", ${tag}`, `"x",W/${tag},"y"`, "*", " * "]) expect(isHeldByClient(held, tag)).toBe(true);
    for (const held of [undefined, "", '"x"', "a,b", '"a","b"', '"*"']) expect(isHeldByClient(held, tag)).toBe(false);
  });
});
