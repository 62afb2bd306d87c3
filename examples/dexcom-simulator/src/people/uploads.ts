import { between, mix } from "../chance.ts";

const SALT = 0x55504c44;
/** One upload in each block at a moment of its own: 0 to 20 days lie between two. */
const BLOCK_SECONDS = 10 * 86_400;

/** When a receiver is plugged in: now and then by itself, and whenever it is told to. */
export interface Uploads {
  /** The first upload at or after an instant. */
  after(at: number): number;
  /** Plugs it in at an instant. */
  add(at: number): void;
}

export function createUploads(seed: number): Uploads {
  const told: number[] = [];
  return {
    after: (at) => {
      const own = ownAfter(mix(seed, SALT), at);
      return told.reduce((first, upload) => (upload >= at && upload < first ? upload : first), own);
    },
    add: (at) => void told.push(at),
  };
}

function ownAfter(seed: number, at: number): number {
  for (let block = Math.floor(at / BLOCK_SECONDS); ; block++) {
    const upload = block * BLOCK_SECONDS + Math.floor(between(mix(seed, block), 0, BLOCK_SECONDS));
    if (upload >= at) return upload;
  }
}
