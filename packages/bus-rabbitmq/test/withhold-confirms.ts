import type { TcpProxy } from "./tcp-proxy.ts";

const FRAME_HEAD_BYTES = 7;
const FRAME_END_BYTES = 1;
/** Class 60, method 80: the broker confirms. */
const BASIC_ACK = Buffer.from([0, 60, 0, 80]);

/** Keeps the confirms of one channel from the client, as of a queue that is slow alone; what is answered lets them through after all. */
export function withholdConfirms(proxy: TcpProxy, channel: number): () => void {
  const withheld: Buffer[] = [];
  let rest: Buffer = Buffer.alloc(0);
  proxy.alter((bytes) => {
    const all = Buffer.concat([rest, bytes]);
    const passed: Buffer[] = [];
    let at = 0;
    for (let end = endOfFrame(all, at); end <= all.length; end = endOfFrame(all, at)) {
      const frame = all.subarray(at, end);
      const isWithheld = frame.readUInt16BE(1) === channel && frame.subarray(FRAME_HEAD_BYTES).indexOf(BASIC_ACK) === 0;
      (isWithheld ? withheld : passed).push(frame);
      at = end;
    }
    rest = all.subarray(at);
    return Buffer.concat(passed);
  });
  return () =>
    proxy.alter((bytes) => {
      const passed = Buffer.concat([...withheld.splice(0), rest, bytes]);
      rest = Buffer.alloc(0);
      return passed;
    });
}

function endOfFrame(bytes: Buffer, at: number): number {
  if (bytes.length < at + FRAME_HEAD_BYTES) return Number.POSITIVE_INFINITY;
  return at + FRAME_HEAD_BYTES + bytes.readUInt32BE(at + 3) + FRAME_END_BYTES;
}
