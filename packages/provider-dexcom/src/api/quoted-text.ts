const LONGEST_READ = 2_000;
const LONGEST_QUOTED = 120;
/** Long and with a digit in it, or very long: a token, a code or a key, whoever's it is. */
const LIKE_A_TOKEN = /[\w~+/=.-]{32,}|(?=[\w~+/=.-]*\d)[\w~+/=.-]{16,}/g;

/** What Dexcom said about a request that it did not take, fit for a message: one short line that holds neither `secret` nor anything like one. */
export function quotedText(body: string, secret: string): string {
  const text = body
    .replaceAll(secret, "…")
    .slice(0, LONGEST_READ)
    .replace(/<[^<>]*>/g, " ")
    .replace(/[\p{C}\s]+/gu, " ")
    .replace(LIKE_A_TOKEN, "…")
    .trim();
  if (text === "") return "it does not say why";
  return `it says: ${text.length > LONGEST_QUOTED ? `${text.slice(0, LONGEST_QUOTED).toWellFormed()}…` : text}`;
}
