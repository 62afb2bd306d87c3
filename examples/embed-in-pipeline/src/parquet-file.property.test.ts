import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parquetReadObjects } from "hyparquet";
import { expect, it } from "vitest";
import { createParquetFile, type FileColumn } from "./parquet-file.ts";

const COLUMNS: readonly FileColumn[] = [
  { name: "user_id", type: "STRING" },
  { name: "timestamp", type: "TIMESTAMP" },
  { name: "glucose_mg_dl", type: "INT32" },
  { name: "value", type: "FLOAT" },
];
const folder = mkdtempSync(join(tmpdir(), "bg-parquet-"));

const row = fc.record({
  user_id: fc.string({ unit: "grapheme" }),
  timestamp: fc.integer({ min: 0, max: 4_102_444_800_000 }),
  glucose_mg_dl: fc.integer({ min: -1_000, max: 1_000 }),
  value: fc.oneof(fc.constant(Number.NaN), fc.float({ noDefaultInfinity: true, noNaN: true })),
});

it("what is written in groups is read back row by row", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(row, { minLength: 1, maxLength: 40 }), { maxLength: 4 }), async (groups) => {
      const path = join(folder, "groups.parquet");
      const file = createParquetFile(path, COLUMNS)._unsafeUnwrap();
      for (const rows of groups) {
        const columns = {
          user_id: rows.map(({ user_id }) => user_id),
          timestamp: Float64Array.from(rows, ({ timestamp }) => timestamp),
          glucose_mg_dl: Int32Array.from(rows, ({ glucose_mg_dl }) => glucose_mg_dl),
          value: Float32Array.from(rows, ({ value }) => value),
        };
        file.append(columns)._unsafeUnwrap();
      }
      file.finish()._unsafeUnwrap();
      const { buffer, byteOffset, byteLength } = readFileSync(path);
      const read = await parquetReadObjects({ file: buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer });
      expect(read).toEqual(groups.flat().map((each) => ({ ...each, timestamp: new Date(each.timestamp) })));
    }),
  );
});

it("a place where nothing can be written is told", () => {
  expect(createParquetFile(join(folder, "no/such/folder.parquet"), COLUMNS)._unsafeUnwrapErr()).toContain("cannot be written");
});
