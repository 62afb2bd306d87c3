/** The ways in which the vendor's times are written. */
export interface TimeStyle {
  readonly separator: "T" | " ";
  readonly hasSingleDigits: boolean;
  readonly hasSeconds: boolean;
  /** Of the fraction of a second; 0: none is written. */
  readonly fractionDigits: number;
}

export const PLAIN_TIME: TimeStyle = { separator: "T", hasSingleDigits: false, hasSeconds: true, fractionDigits: 0 };

/** A moment by a clock that stands in UTC, without a zone. */
export function writeTime(ms: number, style: TimeStyle): string {
  const text = new Date(ms).toISOString();
  const number = (from: number) => (style.hasSingleDigits ? String(Number(text.slice(from, from + 2))) : text.slice(from, from + 2));
  const clock = `${number(11)}:${text.slice(14, 16)}${style.hasSeconds ? text.slice(16, 19) : ""}`;
  const fraction = style.fractionDigits === 0 ? "" : `.${text.slice(20, 23).padEnd(7, "0").slice(0, style.fractionDigits)}`;
  return `${text.slice(0, 4)}-${number(5)}-${number(8)}${style.separator}${clock}${fraction}`;
}

/** `-08:00`, and `-07:59:58` where there are seconds. */
export function writeOffset(seconds: number): string {
  const size = Math.abs(seconds);
  const parts = [size / 3600, (size % 3600) / 60, ...(size % 60 === 0 ? [] : [size % 60])];
  return `${seconds < 0 ? "-" : "+"}${parts.map((part) => String(Math.floor(part)).padStart(2, "0")).join(":")}`;
}
