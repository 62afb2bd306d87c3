/**
 * The moments at which a process may die with something half done. Tests kill a real process at each of them;
 * a moment that matters and is not on this list does not compile.
 */
export const CHECKPOINTS = [
  "poll.before_fetch",
  "poll.after_fetch",
  "commit.after_set_aside",
  "commit.after_open_from_lowered",
  "commit.before_put",
  "commit.after_put",
  "publish.before",
  "publish.after",
  "open_from.before_raise",
  "open_from.after_raise",
  "backfill.after_window",
  "backfill.after_progress",
  "delivery.before_enqueue",
  "delivery.after_enqueue",
  "delivery.before_work",
  "delivery.after_work",
  "connect.after_record",
  "connect.after_credentials",
  "refresh.before_claim",
  "refresh.after_claim",
  "refresh.before_request",
  "refresh.after_response",
  "refresh.after_store",
] as const;

export type CheckpointName = (typeof CHECKPOINTS)[number];

/** Called in passing; the service passes a function that does nothing. */
export type Checkpoint = (name: CheckpointName) => void;
