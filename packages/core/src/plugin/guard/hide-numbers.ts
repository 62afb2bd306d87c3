const HIDDEN = "[number]";

/** Numbers that cannot be somebody's glucose: an address, a moment, an HTTP status, and what counts time, calls or bytes. */
const HARMLESS = [
  String.raw`https?://[^\s/?#"']+`,
  String.raw`\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?`,
  String.raw`(?:\(|\b(?:HTTP|status) )(?:40\d|41[0-7]|42[1-9]|431|451|5[0-3]\d)\b`,
  String.raw`\b\d+(?:\.\d+)?[ -]?(?:ms|s|h|seconds?|minutes?|hours?|days?|weeks?|calls?|requests?|attempts?|times|pages?|records?|bytes?|[KM]i?B|characters?)\b`,
].join("|");

/** A single digit at the end of a word is part of a name: `v3`, `OAuth2`. */
const NAME = String.raw`[A-Za-z]\d(?![\d.,]*\d)`;
const NUMBER = String.raw`\d+(?:[.,]\d+)*`;
const EITHER = new RegExp(`(${HARMLESS}|${NAME})|${NUMBER}`, "g");

/** What a provider says may quote what a vendor said, readings included; it goes on to logs, health and error bodies. */
export function hideNumbers(text: string): string {
  return text.replace(EITHER, (found, harmless: string | undefined) => (harmless === undefined ? HIDDEN : found));
}
