import type { BusError } from "@bg-ingest/core";
import { Result } from "neverthrow";
import type { AmqpChannel, AmqpMessage } from "./amqp.ts";
import { type BusTime, pause } from "./bus-time.ts";
import { type Channels, type OpenChannel, openChannel } from "./open-channel.ts";

export interface SubscriptionDeps {
  readonly channels: Channels;
  readonly queue: string;
  /** Declares the queue and answers how many consumers it has. */
  readonly declare: (channel: AmqpChannel) => Promise<{ readonly consumerCount: number }>;
  /** The clock by which messages grow old in hand. */
  readonly time: BusTime;
  readonly onMessage: (message: AmqpMessage, stretch: Stretch) => void;
  /** Nothing that came by this stretch is ours any more. */
  readonly onLost: (stretch: Stretch) => void;
  /** Told once for each time that the queue cannot be consumed. */
  readonly onTrouble: (error: BusError) => void;
}

/** What came over one channel, until that is lost or renewed. */
export interface Stretch {
  ack(message: AmqpMessage): void;
  /** It is not ours, or not readable: it goes to the dead letters. */
  reject(message: AmqpMessage): void;
}

export interface Subscription {
  /** Gives back what is in hand; resolves once the broker has taken it back. */
  end(): Promise<void>;
}

/** In hand at once, of one queue. What more waits stays with the broker. */
const MOST_IN_HAND = 1_000;
/**
 * RabbitMQ ends the channel of whoever keeps a message for 30 minutes (`consumer_timeout`; 15 in 3.8). Well before that all is given back
 * and taken again, in the same order.
 */
const LONGEST_IN_HAND_MS = 600_000;
const LOOK_EVERY_MS = 60_000;
const AGAIN_FIRST_MS = 250;
const AGAIN_LONGEST_MS = 5_000;
/** Acknowledgements that are still being taken in when a channel is closed are lost. */
const ACKNOWLEDGED_MS = 250;
/** The broker notices a moment after it has said so that a channel was closed. */
const NOTICE_MS = 10;
const NOTICE_ATTEMPTS = 50;

/** Consumes a queue until it is ended, whatever befalls the connection. */
export function subscribe(deps: SubscriptionDeps): Subscription {
  const ending = Promise.withResolvers<void>();
  let isEnded = false;
  let current: OpenChannel<AmqpChannel> | null = null;
  const rest = (ms: number) => Promise.race([pause(deps.channels.time, ms), ending.promise]);

  async function run(): Promise<void> {
    for (let failures = 0; !isEnded; ) {
      const opened = await openStretch(deps);
      if (opened.isErr()) {
        if (failures === 0) deps.onTrouble(opened.error);
        await rest(Math.min(AGAIN_LONGEST_MS, AGAIN_FIRST_MS * 2 ** Math.min(failures++, 10)));
        continue;
      }
      failures = 0;
      current = opened.value;
      if (isEnded) await current.close();
      await new Promise<void>((resolve) => opened.value.onLost(resolve));
      await rest(AGAIN_FIRST_MS);
    }
  }

  const running = run();
  return {
    async end() {
      isEnded = true;
      ending.resolve();
      if (current?.isLost() === false) await pause(deps.channels.time, ACKNOWLEDGED_MS);
      await current?.close();
      await running;
      if (current !== null) await noticed(deps);
    },
  };
}

async function openStretch(deps: SubscriptionDeps): Promise<Result<OpenChannel<AmqpChannel>, BusError>> {
  const inHand = new Map<AmqpMessage, number>();
  let channel: AmqpChannel | null = null;
  // Over a channel that was lost meanwhile nothing can be said, and nothing needs to be: the message comes again.
  const say = Result.fromThrowable((act: () => void) => act());
  const stretch: Stretch = {
    ack: (message) => void (inHand.delete(message) && say(() => channel?.ack(message))),
    reject: (message) => void (inHand.delete(message) && say(() => channel?.reject(message, false))),
  };
  const take = (message: AmqpMessage | null): void => {
    // The broker has ended the consumption alone: the queue was deleted, or, from 4.3 on, a message was kept too long.
    if (message === null) return void channel?.close().catch(() => undefined);
    inHand.set(message, deps.time.monotonicMs());
    deps.onMessage(message, stretch);
  };
  const opened = await openChannel(
    deps.channels,
    (amqp) => amqp.createChannel(),
    async (opening) => {
      channel = opening;
      await deps.declare(opening);
      await opening.prefetch(MOST_IN_HAND);
      await opening.consume(deps.queue, take, { noAck: false });
    },
  );
  const lose = (): void => deps.onLost(stretch);
  if (opened.isErr()) lose();
  else {
    opened.value.onLost(lose);
    renewInTime(deps.time, opened.value, inHand);
  }
  return opened;
}

function renewInTime(time: BusTime, opened: OpenChannel<AmqpChannel>, inHand: ReadonlyMap<AmqpMessage, number>): void {
  const look = (): void => {
    const [oldestMs] = inHand.values();
    if (oldestMs !== undefined && time.monotonicMs() - oldestMs >= LONGEST_IN_HAND_MS) void opened.close();
    else if (!opened.isLost()) callOff = time.after(LOOK_EVERY_MS, look);
  };
  let callOff = time.after(LOOK_EVERY_MS, look);
  opened.onLost(() => callOff());
}

/** Until nobody consumes any more, and not for long: another replica may have taken over. */
async function noticed({ channels, declare }: SubscriptionDeps): Promise<void> {
  const look = await openChannel(
    channels,
    (amqp) => amqp.createChannel(),
    async (channel) => {
      for (let attempt = 0; attempt < NOTICE_ATTEMPTS; attempt++) {
        if ((await declare(channel)).consumerCount === 0) return;
        await pause(channels.time, NOTICE_MS);
      }
    },
  );
  if (look.isOk()) await look.value.close();
}
