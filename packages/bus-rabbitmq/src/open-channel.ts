import type { BusError } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import type { AmqpChannel, AmqpConnection } from "./amqp.ts";
import type { BusTime } from "./bus-time.ts";
import type { Link, LiveConnection } from "./link.ts";
import { mapAmqpError } from "./map-amqp-error.ts";
import { within } from "./within.ts";

export interface Channels {
  readonly link: Link;
  readonly time: BusTime;
  readonly deadlineMs: number;
}

export interface OpenChannel<C extends AmqpChannel> {
  readonly channel: C;
  readonly live: LiveConnection;
  isLost(): boolean;
  onLost(listener: () => void): void;
  /** Resolves once the broker has ended it, or the connection is gone. */
  close(): Promise<void>;
}

/** A channel of the link's connection with everything on it that `setUp` makes; it is given out only if it is alive at the end of that. */
export async function openChannel<C extends AmqpChannel>(
  channels: Channels,
  make: (amqp: AmqpConnection) => Promise<C>,
  setUp: (channel: C) => Promise<unknown>,
): Promise<Result<OpenChannel<C>, BusError>> {
  const live = await channels.link.open();
  if (live.isErr()) return err(live.error);
  return within(channels.time, channels.deadlineMs, prepare(live.value, channels, make, setUp)).then(
    (open) => (open.isLost() ? err(mapAmqpError(LOST_WHILE_OPENING)) : ok(open)),
    (cause: unknown) => {
      const error = mapAmqpError(cause);
      // A refusal ends its channel alone. Whoever does not answer one channel answers none.
      if (!isReplyCode(cause)) live.value.abandon();
      return err(error);
    },
  );
}

async function prepare<C extends AmqpChannel>(
  live: LiveConnection,
  channels: Channels,
  make: (amqp: AmqpConnection) => Promise<C>,
  setUp: (channel: C) => Promise<unknown>,
): Promise<OpenChannel<C>> {
  const channel = await make(live.amqp);
  const open = watch(channel, live, channels);
  await setUp(channel);
  return open;
}

function watch<C extends AmqpChannel>(channel: C, live: LiveConnection, { time, deadlineMs }: Channels): OpenChannel<C> {
  const listeners = new Set<() => void>();
  let isLost = false;
  const lose = (): void => {
    if (isLost) return;
    isLost = true;
    forgetConnection();
    for (const listener of listeners) listener();
  };
  channel.on("error", lose);
  channel.on("close", lose);
  const forgetConnection = live.onLost(lose);
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    if (isLost) return;
    const lost = Promise.withResolvers<void>();
    listeners.add(lost.resolve);
    // amqplib answers nobody who closes what breaks meanwhile.
    await within(time, deadlineMs, Promise.race([channel.close(), lost.promise])).catch(() => live.abandon());
    lose();
  };
  return {
    channel,
    live,
    isLost: () => isLost,
    onLost: (listener) => {
      if (isLost) listener();
      else listeners.add(listener);
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

const LOST_WHILE_OPENING = new Error("The channel was closed while it was being set up.");

function isReplyCode(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && typeof cause.code === "number";
}
