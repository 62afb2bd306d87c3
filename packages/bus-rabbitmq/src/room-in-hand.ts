import type { BusTime } from "./bus-time.ts";

/**
 * How much of one queue is taken in hand; what more waits stays with the broker. RabbitMQ bounds the number of messages alone (it knows no
 * `prefetch_size`): once they prove to be too large, all is given back, and no more are asked for than fit were each as large as the largest.
 */
export interface Room {
  /** So many messages may be asked for. */
  most(): number;
  /** For what comes over one channel. */
  begin(): InHand;
}

/** What came over one channel and was not spoken of yet, by its delivery tag. */
export interface InHand {
  /** `false`: there is no room for it, and all is to be given back and taken again. A single message always has room. */
  take(deliveryTag: number, bytes: number): boolean;
  /** `false` for what is not in hand. */
  release(deliveryTag: number): boolean;
  /** Whether all is to be given back and taken again, since it has grown old or more would fit meanwhile. */
  isToBeRenewed(): boolean;
}

const MOST_IN_HAND = 1_000;
/**
 * RabbitMQ ends the channel of whoever keeps a message for 30 minutes (`consumer_timeout`; 15 in 3.8). Well before that all is given back
 * and taken again, in the same order.
 */
const LONGEST_IN_HAND_MS = 600_000;

/** `time`: by which messages grow old in hand. */
export function createRoom(mostBytes: number, time: BusTime): Room {
  let most = MOST_IN_HAND;

  function begin(): InHand {
    const taken = new Map<number, { readonly sinceMs: number; readonly bytes: number }>();
    let sum = 0;
    return {
      take(deliveryTag, bytes) {
        if (taken.size > 0 && sum + bytes > mostBytes) {
          const largest = [...taken.values()].reduce((max, each) => Math.max(max, each.bytes), bytes);
          most = Math.max(1, Math.floor(mostBytes / largest));
          return false;
        }
        taken.set(deliveryTag, { sinceMs: time.monotonicMs(), bytes });
        sum += bytes;
        return true;
      },
      release(deliveryTag) {
        sum -= taken.get(deliveryTag)?.bytes ?? 0;
        return taken.delete(deliveryTag);
      },
      isToBeRenewed() {
        const [oldest] = taken.values();
        if (oldest !== undefined && time.monotonicMs() - oldest.sinceMs >= LONGEST_IN_HAND_MS) return true;
        const isWidened = most < MOST_IN_HAND && sum <= mostBytes / 2;
        if (isWidened) most = MOST_IN_HAND;
        return isWidened;
      },
    };
  }

  return { most: () => most, begin };
}
