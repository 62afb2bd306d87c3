import type { z } from "zod";

/** Whether a schema, or any that it consists of, is marked `.meta({ secret: true })`: of those that a value may meet on its way, one is enough. */
export function holdsSecret(schema: unknown): boolean {
  // A set is gone through to its end while it grows, and nothing in it twice.
  const parts = new Set([schema]);
  for (const part of parts) {
    if (parts.size > MOST_PARTS) return true;
    if (typeof part !== "object" || part === null) continue;
    if (isSchema(part) && metaOf(part)?.["secret"] === true) return true;
    for (const inner of isSchema(part) ? innersOf(part) : Object.values(part)) parts.add(inner);
  }
  return false;
}

/** What has more makes itself anew each time that it is looked at: its end is not waited for, and what is in doubt is secret. */
const MOST_PARTS = 10_000;

export function metaOf(schema: z.core.$ZodType): Record<string, unknown> | undefined {
  return "meta" in schema && typeof schema.meta === "function" ? schema.meta() : undefined;
}

/** Where definitions of zod 4 hold schemas: alone, in a list, or by name. */
const PLACES = [
  "innerType",
  "in",
  "out",
  "shape",
  "catchall",
  "element",
  "items",
  "rest",
  "options",
  "left",
  "right",
  "keyType",
  "valueType",
];

function innersOf({ _zod: { def } }: z.core.$ZodType): readonly unknown[] {
  const held = def as unknown as Readonly<Record<string, unknown>>;
  return [...PLACES.map((place) => held[place]), def.type === "lazy" ? (def as z.core.$ZodLazyDef).getter() : undefined];
}

function isSchema(value: object): value is z.core.$ZodType {
  return "_zod" in value;
}
