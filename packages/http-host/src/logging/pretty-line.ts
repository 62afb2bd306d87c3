const COLOURS: Readonly<Record<string, string>> = { debug: "\u001b[90m", info: "\u001b[32m", warn: "\u001b[33m", error: "\u001b[31m" };
const PLAIN = "\u001b[0m";
const DIM = "\u001b[2m";

/** A JSON line for a person at a terminal: `14:30:05 info  message key=value`. A line that is no JSON object stays as it is. */
export function prettyLine(line: string): string {
  const parsed = parse(line);
  if (parsed === undefined) return line;
  const { time, level, msg, ...fields } = parsed;
  const clock = new Date(typeof time === "string" ? time : Number.NaN);
  const at = Number.isNaN(clock.getTime()) ? "--:--:--" : clock.toTimeString().slice(0, 8);
  const word = String(level);
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${shown(value)}`);
  const tail = rest.length === 0 ? "" : ` ${DIM}${rest.join(" ")}${PLAIN}`;
  return `${DIM}${at}${PLAIN} ${COLOURS[word] ?? ""}${word.padEnd(5)}${PLAIN} ${harmless(String(msg ?? ""))}${tail}\n`;
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function shown(value: unknown): string {
  if (typeof value === "string") return /^[\w@:./+-]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value);
}

/** A message must not move the cursor or colour the terminal. */
function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, "\ufffd");
}
