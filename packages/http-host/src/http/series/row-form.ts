import { type Day, formatDay } from "@bg-ingest/core";
import { fieldNames, type Representation, type SeriesMediaType } from "./representation.ts";

/** What stands around the values of a row, and how a text or nothing is written. A row begins with its timestamp. */
export interface RowForm {
  readonly rowStart: string;
  /** Around a text that needs no escaping. */
  readonly quote: string;
  /** A further field with its value. */
  field(name: string, value: string): string;
  readonly rowEnd: string;
  text(value: string): string;
  readonly nothing: string;
}

/** What stands around the rows. `lastRowEnd` takes the place of the last row's end. */
export interface BodyForm {
  readonly start: string;
  readonly end: string;
  readonly lastRowEnd: string;
}

const jsonRow: Omit<RowForm, "rowEnd"> = {
  rowStart: '{"timestamp":',
  quote: '"',
  field: (name, value) => `,"${name}":${value}`,
  text: (value) => JSON.stringify(value),
  nothing: "null",
};

export const ROW_FORMS: Readonly<Record<SeriesMediaType, RowForm>> = {
  "application/json": { ...jsonRow, rowEnd: "}," },
  "application/x-ndjson": { ...jsonRow, rowEnd: "}\n" },
  "text/csv": { rowStart: "", quote: "", field: (_, value) => `,${value}`, rowEnd: "\r\n", text: csvText, nothing: "" },
};

/** Up to the clock all rows of a day begin alike. */
export function startOfRows({ rowStart, quote }: RowForm, day: Day): Uint8Array {
  return Buffer.from(`${rowStart}${quote}${formatDay(day)}T`);
}

export function bodyForm(representation: Representation): BodyForm {
  switch (representation.mediaType) {
    case "application/json":
      return { start: "[", end: "]", lastRowEnd: "}" };
    case "application/x-ndjson":
      return { start: "", end: "", lastRowEnd: "}\n" };
    case "text/csv":
      return { start: `${fieldNames(representation).join(",")}\r\n`, end: "", lastRowEnd: "\r\n" };
  }
}

/** RFC 4180. */
function csvText(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
