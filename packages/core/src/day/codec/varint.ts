/** Unsigned LEB128. */
export function writeVarints(values: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  for (let value of values) {
    while (value >= 0x80) {
      bytes.push((value % 0x80) | 0x80);
      value = Math.floor(value / 0x80);
    }
    bytes.push(value);
  }
  return Uint8Array.from(bytes);
}

/** Bytes behind the end read as zero. */
export function readVarints(bytes: Uint8Array, start: number, count: number): { readonly values: readonly number[]; readonly end: number } {
  const values: number[] = [];
  let position = start;
  for (let n = 0; n < count; n++) {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = bytes[position++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 0x80;
    }
    values.push(value);
  }
  return { values, end: position };
}
