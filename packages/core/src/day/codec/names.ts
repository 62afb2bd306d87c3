import { INTEGER_CONTEXTS } from "./entropy/probability.ts";
import type { RangeDecoder } from "./entropy/range-decoder.ts";
import type { RangeEncoder } from "./entropy/range-encoder.ts";

const CHARACTER_BITS = 7;
const CHARACTERS = 1 << CHARACTER_BITS;
/** Stands for a character beyond ASCII, which follows. */
const ESCAPE = CHARACTERS - 1;

/** Contexts of a list of names: its lengths, its ASCII characters, its others. */
export const NAME_CONTEXTS = 2 * INTEGER_CONTEXTS + CHARACTERS;

const LONGEST_NAME = 256;

/** The commonest name by far is a digest: four bits a digit, and quick to read. */
const DIGEST = /^[0-9a-f]+$/;
const DIGIT_BITS = 4;

/** Names from index 1 on; index 0 is "not told". */
export function writeNames(encoder: RangeEncoder, contexts: number, names: readonly (string | null)[]): void {
  encoder.unsigned(contexts, names.length - 1);
  for (const name of names.slice(1) as string[]) {
    encoder.unsigned(contexts, name.length);
    const isDigest = DIGEST.test(name);
    encoder.plain(1, isDigest ? 1 : 0);
    for (let i = 0; i < name.length; i++) {
      if (isDigest) encoder.plain(DIGIT_BITS, Number.parseInt(name.charAt(i), 16));
      else writeCharacter(encoder, contexts + INTEGER_CONTEXTS, name.charCodeAt(i));
    }
  }
}

function writeCharacter(encoder: RangeEncoder, contexts: number, code: number): void {
  encoder.tree(contexts, CHARACTER_BITS, Math.min(code, ESCAPE));
  if (code >= ESCAPE) encoder.unsigned(contexts + CHARACTERS, code);
}

export function readNames(decoder: RangeDecoder, contexts: number): readonly (string | null)[] {
  const names: (string | null)[] = [null];
  const count = Math.min(decoder.unsigned(contexts), 255);
  for (let n = 0; n < count; n++) {
    const length = Math.min(decoder.unsigned(contexts), LONGEST_NAME);
    const isDigest = decoder.plain(1) === 1;
    let name = "";
    for (let i = 0; i < length; i++) {
      name += isDigest ? decoder.plain(DIGIT_BITS).toString(16) : String.fromCharCode(readCharacter(decoder, contexts + INTEGER_CONTEXTS));
    }
    names.push(name);
  }
  return names;
}

function readCharacter(decoder: RangeDecoder, contexts: number): number {
  const code = decoder.tree(contexts, CHARACTER_BITS);
  return code === ESCAPE ? decoder.unsigned(contexts + CHARACTERS) : code;
}
