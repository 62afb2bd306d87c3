import type { AsyncResult, Call } from "./call.ts";
import type { StoreError } from "./store-error.ts";

/** A replica as it announced itself last. */
export interface ReplicaBeat {
  /** Its name among all that share the store: random, and another one at each start. */
  readonly replica: string;
  /** Counts its announcements: one that does not rise any more is nobody's. */
  readonly beat: number;
  /** Shards of which it has lately changed a source that is not its own to ask, each with the announcement that said so first. */
  readonly notices: readonly ShardNotice[];
}

export interface ShardNotice {
  readonly shard: number;
  readonly beat: number;
}

/** The store's own clock at some moment during a call, in milliseconds since the epoch: from the one up to the other, as closely as it tells. */
export interface StoreMoment {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Everybody that is announced, in no order, and the store's time. */
export interface Announced {
  readonly beats: readonly ReplicaBeat[];
  readonly moment: StoreMoment;
}

/** Where replicas meet: one small entry for each of them, and nothing about any person. Whoever stands here is there; silence alone moves nobody. */
export interface ReplicaRegister {
  /**
   * Announces a replica, and answers the `beat` that stood there until then, `null` where none did: the one of before only if nobody has taken the replica
   * out meanwhile. Where the answer of an attempt was lost and it was made once more, it may be the very beat that is announced.
   */
  announce(beat: ReplicaBeat, call: Call): AsyncResult<number | null, StoreError>;

  /** Strongly consistent: what was announced before the call began is seen. */
  announced(call: Call): AsyncResult<Announced, StoreError>;

  /** Takes a replica out unless it has announced itself again since `beat`, and answers whether it is out now. */
  remove(replica: string, beat: number, call: Call): AsyncResult<"out" | "stays", StoreError>;
}
