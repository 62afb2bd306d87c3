/** Bytes that grow at the end. */
export interface ByteSink {
  put(bytes: Uint8Array): void;
  /** The time of a day as `14:30:00`. */
  putClock(secondOfDay: number): void;
  /** Takes so many of the last bytes back. */
  drop(count: number): void;
  taken(): Buffer;
}

const ZERO = 0x30;
const COLON = 0x3a;
const CLOCK_LENGTH = 8;

export function createByteSink(expectedLength: number): ByteSink {
  let bytes = Buffer.allocUnsafe(expectedLength);
  let length = 0;

  function makeRoom(more: number): void {
    if (length + more <= bytes.length) return;
    const wider = Buffer.allocUnsafe(Math.max(2 * bytes.length, length + more));
    wider.set(bytes.subarray(0, length));
    bytes = wider;
  }

  function putTwoDigits(value: number): void {
    const tens = (value / 10) | 0;
    bytes[length++] = ZERO + tens;
    bytes[length++] = ZERO + value - 10 * tens;
  }

  return {
    put(fragment) {
      const count = fragment.length;
      makeRoom(count);
      bytes.set(fragment, length);
      length += count;
    },
    putClock(secondOfDay) {
      makeRoom(CLOCK_LENGTH);
      const minuteOfDay = (secondOfDay / 60) | 0;
      const hour = (minuteOfDay / 60) | 0;
      putTwoDigits(hour);
      bytes[length++] = COLON;
      putTwoDigits(minuteOfDay - 60 * hour);
      bytes[length++] = COLON;
      putTwoDigits(secondOfDay - 60 * minuteOfDay);
    },
    drop(count) {
      length -= count;
    },
    taken: () => bytes.subarray(0, length),
  };
}
