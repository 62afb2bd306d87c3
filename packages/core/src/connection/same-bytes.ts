/** What is not there is never the same. */
export function isSameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a !== null && a.length === b?.length && a.every((byte, at) => byte === b[at]);
}
