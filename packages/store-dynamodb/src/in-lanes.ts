import type { StoreError } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";

/** Works on all of them, so many at once, and answers in their order. After an `Err` nothing more is begun. */
export async function inLanes<Work, Done>(
  lanes: number,
  works: readonly Work[],
  doOne: (work: Work) => PromiseLike<Result<Done, StoreError>>,
): Promise<Result<Done[], StoreError>> {
  const done: Done[] = [];
  let failed: StoreError | null = null;
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < works.length && failed === null) {
      const at = next++;
      const result = await doOne(works[at] as Work);
      if (result.isErr()) failed = result.error;
      else done[at] = result.value;
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, works.length) }, lane));
  return failed === null ? ok(done) : err(failed);
}
