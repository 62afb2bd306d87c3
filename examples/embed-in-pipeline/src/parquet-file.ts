import { type BasicType, type ColumnSource, fileWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import { fromThrowable, type Result } from "neverthrow";

/** A column of a file, as it is named and typed there. */
export interface FileColumn {
  readonly name: string;
  readonly type: BasicType;
  readonly isNullable?: boolean;
}

/** Takes rows by columns, a group after another: no more is held than one of them. */
export interface ParquetFile {
  append(columns: Readonly<Record<string, ColumnSource["data"]>>): Result<void, string>;
  /** Without it there is no file that anybody could read. */
  finish(): Result<void, string>;
}

/** A file that stands there is overwritten. */
export function createParquetFile(path: string, columns: readonly FileColumn[]): Result<ParquetFile, string> {
  const sources = columns.map(({ name, type, isNullable = false }) => ({ name, type, nullable: isNullable, data: [] }));
  return attempt(() => new ParquetWriter({ writer: fileWriter(path), schema: schemaFromColumnData({ columnData: sources }) })).map(
    (writer) => ({
      append: (data) =>
        attempt(() => {
          const columnData = sources.map((source) => ({ ...source, data: data[source.name] ?? [] }));
          // The writer to a file answers at once, and never with a promise.
          void writer.write({ columnData, rowGroupSize: ROWS_IN_A_GROUP });
        }),
      finish: () => attempt(() => void writer.finish()),
    }),
  );
}

const ROWS_IN_A_GROUP = 100_000;

function attempt<T>(work: () => T): Result<T, string> {
  return fromThrowable(work, (cause) => `The file cannot be written: ${cause instanceof Error ? cause.message : String(cause)}.`)();
}
