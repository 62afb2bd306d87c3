import type { CallBy, Span, UserId } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import type { OpenedStore } from "./open-store.ts";
import { createParquetFile, type FileColumn } from "./parquet-file.ts";
import { type WindowShape, type Windows, windowsOf } from "./windows-of.ts";

/** Two hours in steps of five minutes, and what came half an hour later. */
export const USUAL_SHAPE: WindowShape = { lookBackSeconds: 7_200, stepSeconds: 300, horizonSeconds: 1_800 };

/** Writes the windows of many people, one after another. Answers how many there were. */
export async function exportWindows(
  store: OpenedStore,
  users: readonly UserId[],
  span: Span,
  shape: WindowShape,
  path: string,
  call: CallBy,
): Promise<Result<number, string>> {
  const slotNames = slotNamesOf(shape);
  const file = createParquetFile(path, columnsOfFile(slotNames));
  if (file.isErr()) return err(file.error);
  let rows = 0;
  for (const userId of users) {
    const windows = await windowsOf(store, userId, span, shape, call);
    if (windows.isErr()) return err(windows.error);
    rows += windows.value.length;
    const appended = windows.value.length === 0 ? ok() : file.value.append(fileRows(userId, windows.value, slotNames));
    if (appended.isErr()) return err(appended.error);
  }
  return file.value.finish().map(() => rows);
}

/** By where each slot begins: `mg_dl_120_min_ago` … `mg_dl_5_min_ago`. */
function slotNamesOf({ lookBackSeconds, stepSeconds }: WindowShape): readonly string[] {
  const count = Math.floor(lookBackSeconds / stepSeconds);
  return Array.from({ length: count }, (_, slot) => `mg_dl_${((count - slot) * stepSeconds) / 60}_min_ago`);
}

function columnsOfFile(slotNames: readonly string[]): readonly FileColumn[] {
  const slots = slotNames.map((name): FileColumn => ({ name, type: "FLOAT" }));
  return [{ name: "user_id", type: "STRING" }, { name: "at", type: "TIMESTAMP" }, ...slots, { name: "target_mg_dl", type: "FLOAT" }];
}

function fileRows(userId: UserId, { length, atMs, slots, target }: Windows, slotNames: readonly string[]) {
  const bySlot = Object.fromEntries(slotNames.map((name, slot) => [name, slots[slot] as Float32Array]));
  return { user_id: Array<string>(length).fill(userId), at: atMs, ...bySlot, target_mg_dl: target };
}
