/** Takes known secrets out of lines, whatever way they came in: the last net under the list of fields. */
export interface Scrubber {
  /** From now on these are taken out. Values of fewer than four characters hide nothing and would make lines unreadable. */
  hide(secrets: readonly string[]): void;
  scrub(line: string): string;
}

const SHORTEST = 4;
const HIDDEN = "[secret]";

export function createScrubber(): Scrubber {
  const hidden = new Set<string>();
  let longestFirst: readonly string[] = [];
  return {
    hide(secrets) {
      for (const secret of secrets) {
        if (secret.length >= SHORTEST) for (const spelling of spellings(secret)) hidden.add(spelling);
      }
      // A secret that is part of another must not leave the other's rest behind.
      longestFirst = [...hidden].sort((a, b) => b.length - a.length);
    },
    scrub(line) {
      let scrubbed = line;
      for (const secret of longestFirst) if (scrubbed.includes(secret)) scrubbed = scrubbed.replaceAll(secret, HIDDEN);
      return scrubbed;
    },
  };
}

/** As it is, inside JSON, inside a URL or a form, and in the base64 of a longer text such as an Authorization header. */
function spellings(secret: string): readonly string[] {
  const inUrl = encodeURIComponent(secret.toWellFormed());
  const plain = [secret, JSON.stringify(secret).slice(1, -1), inUrl, inUrl.replaceAll("%20", "+")];
  return [...plain, ...[0, 1, 2].flatMap((before) => insideBase64(secret, before))].filter((spelling) => spelling.length >= SHORTEST);
}

/** The characters that depend on the secret alone if so many bytes modulo 3 stand before it. */
function insideBase64(secret: string, before: number): readonly string[] {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
  const first = before === 0 ? 0 : before + 1;
  const whole = Math.floor((bytes.length * 8) / 6);
  // Fewer than six bytes in the middle would be found in texts that have nothing to do with the secret.
  if (whole - first < 8) return [];
  return (["base64", "base64url"] as const).map((encoding) => bytes.toString(encoding).slice(first, whole));
}
