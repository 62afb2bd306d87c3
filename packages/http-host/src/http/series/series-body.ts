import { Readable } from "node:stream";
import { setImmediate as othersHadTheirTurn } from "node:timers/promises";
import type { Series, SeriesRun, StoreError } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { createEntityTagger } from "../negotiation/entity-tag.ts";
import type { Detail, Representation } from "./representation.ts";
import { rowsIn, writeInPieces, writeSeries } from "./write-series.ts";

/**
 * What is decoded or written between two turns of the event loop. Measured: on one core some 10 ms, and 2 MB; a year of a
 * 1-minute sensor is 527,040 readings. 90 days of a 5-minute sensor are one piece.
 */
const READINGS_DECODED_AT_ONCE = 32_768;
const ROWS_WRITTEN_AT_ONCE: Readonly<Record<Detail, number>> = { plain: 32_768, full: 4_096 };

/** A body whose readings are all decoded: nothing that cannot be read makes it break off. */
export interface SeriesBody {
  /** What is small is one buffer; anything else is written as the client takes it. */
  content(): Buffer | Readable;
  /** The tag of its bytes. */
  tag(): Promise<string>;
}

/** Everything is decoded before the first byte is written: what cannot be read is then an error, not an answer that breaks off. */
export async function seriesBodyOf(series: Series, representation: Representation): Promise<Result<SeriesBody, StoreError>> {
  const runs = await decoded(series);
  return runs.map((known) => bodyOf(known, representation));
}

async function decoded({ runs }: Series): Promise<Result<readonly SeriesRun[], StoreError>> {
  const known: SeriesRun[] = [];
  let readings = 0;
  for (const run of runs) {
    if (run.isErr()) return err(run.error);
    known.push(run.value);
    readings += run.value.versions.length;
    if (readings < READINGS_DECODED_AT_ONCE) continue;
    readings = 0;
    await othersHadTheirTurn();
  }
  return ok(known);
}

function bodyOf(runs: readonly SeriesRun[], representation: Representation): SeriesBody {
  const rowsAtOnce = ROWS_WRITTEN_AT_ONCE[representation.detail];
  if (rowsIn(runs) <= rowsAtOnce) {
    let written: Buffer | null = null;
    const content = (): Buffer => {
      written ??= writeSeries(runs, representation);
      return written;
    };
    return { content, tag: async () => createEntityTagger().add(content()).tag() };
  }
  const pieces = (): AsyncGenerator<Buffer, void> => unhurried(writeInPieces(runs, representation, rowsAtOnce));
  return {
    // Not objects, but bytes: so that no more than one piece waits for a slow client.
    content: () => Readable.from(pieces(), { objectMode: false }),
    async tag() {
      const tagger = createEntityTagger();
      for await (const piece of pieces()) tagger.add(piece);
      return tagger.tag();
    },
  };
}

async function* unhurried(pieces: Iterable<Buffer>): AsyncGenerator<Buffer, void> {
  for (const piece of pieces) {
    yield piece;
    await othersHadTheirTurn();
  }
}
