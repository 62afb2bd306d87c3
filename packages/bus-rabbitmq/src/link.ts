import type { BusError } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import type { AmqpConnection, ConnectAmqp } from "./amqp.ts";
import type { BusTime } from "./bus-time.ts";
import { closed, mapAmqpError } from "./map-amqp-error.ts";
import { within } from "./within.ts";

export interface LinkDeps {
  readonly connect: ConnectAmqp;
  readonly time: BusTime;
  /** No call to the broker is waited for longer. */
  readonly deadlineMs: number;
}

/** One connection at a time, opened when it is needed and opened anew when it was lost. */
export interface Link {
  open(): Promise<Result<LiveConnection, BusError>>;
  close(): Promise<void>;
}

export interface LiveConnection {
  readonly amqp: AmqpConnection;
  isLost(): boolean;
  /** The broker's reason while it takes no messages over this connection. */
  blocked(): string | null;
  /** Both answer how to stop listening. */
  onLost(listener: () => void): () => void;
  onBlocked(listener: (reason: string) => void): () => void;
  /** The broker has confirmed or refused a message that was sent over it. */
  answered(): void;
  /** How often it has done so. */
  answers(): number;
  /** Whatever is in flight is lost: the broker does not answer. */
  abandon(): void;
}

/** After a failure everybody gets its answer for so long, rather than an attempt each. */
const REST_MS = 500;

export function createLink({ connect, time, deadlineMs }: LinkDeps): Link {
  let opening: Promise<Result<LiveConnection, BusError>> | null = null;
  let isClosed = false;

  async function begin(): Promise<Result<LiveConnection, BusError>> {
    const forget = (): void => {
      opening = null;
    };
    return within(time, deadlineMs, connect(), (late) => late.destroy()).then(
      (amqp) => {
        const live = watch(amqp);
        live.onLost(forget);
        if (isClosed) live.abandon();
        return ok(live);
      },
      (cause: unknown) => {
        time.after(REST_MS, forget);
        return err(mapAmqpError(cause));
      },
    );
  }

  return {
    open: () => {
      if (isClosed) return Promise.resolve(err(closed));
      opening ??= begin();
      return opening;
    },
    async close() {
      isClosed = true;
      const live = await opening;
      if (live?.isOk() && !live.value.isLost()) {
        const lost = Promise.withResolvers<void>();
        live.value.onLost(lost.resolve);
        // amqplib answers nobody who closes what breaks meanwhile.
        await within(time, deadlineMs, Promise.race([live.value.amqp.close(), lost.promise])).catch(() => undefined);
        live.value.abandon();
      }
    },
  };
}

/** Listens before anything else happens: an `error` that nobody hears ends the process. */
function watch(amqp: AmqpConnection): LiveConnection {
  const lostListeners = new Set<() => void>();
  const blockedListeners = new Set<(reason: string) => void>();
  let isLost = false;
  let answers = 0;
  let reason: string | null = null;
  const lose = (): void => {
    if (isLost) return;
    isLost = true;
    amqp.destroy();
    for (const listener of lostListeners) listener();
  };
  amqp.on("error", lose);
  amqp.on("close", lose);
  amqp.on("blocked", (why) => {
    reason = why;
    for (const listener of blockedListeners) listener(why);
  });
  amqp.on("unblocked", () => {
    reason = null;
  });
  return {
    amqp,
    isLost: () => isLost,
    blocked: () => reason,
    onLost: (listener) => {
      if (isLost) listener();
      else lostListeners.add(listener);
      return () => lostListeners.delete(listener);
    },
    onBlocked: (listener) => {
      blockedListeners.add(listener);
      return () => blockedListeners.delete(listener);
    },
    answered: () => void answers++,
    answers: () => answers,
    abandon: lose,
  };
}
