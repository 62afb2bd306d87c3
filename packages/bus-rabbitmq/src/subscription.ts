import type { BusError } from "@bg-ingest/core";
import { Result } from "neverthrow";
import type { AmqpChannel, AmqpMessage, AmqpReceipt } from "./amqp.ts";
import { type BusTime, pause } from "./bus-time.ts";
import { type Channels, type OpenChannel, openChannel } from "./open-channel.ts";
import { createRoom, type InHand, type Room } from "./room-in-hand.ts";

export interface SubscriptionDeps {
  readonly channels: Channels;
  readonly queue: string;
  /** Of the bodies in hand at once; a single one that is larger is taken alone. */
  readonly mostBytes: number;
  /** Declares the queue and answers how many consumers it has. */
  readonly declare: (channel: AmqpChannel) => Promise<{ readonly consumerCount: number }>;
  /** The clock by which messages grow old in hand. */
  readonly time: BusTime;
  readonly onMessage: (message: AmqpMessage, stretch: Stretch) => void;
  /** Nothing that came by this stretch is ours any more. */
  readonly onLost: (stretch: Stretch) => void;
  /** Told once for each time that the queue cannot be consumed. */
  readonly onTrouble: (error: BusError) => void;
  /** It is consumed, whether there was trouble or not. */
  readonly onConsuming: () => void;
}

/** What came over one channel, until that is lost or renewed. */
export interface Stretch {
  ack(message: AmqpReceipt): void;
  /** It is not ours, or not readable: it goes to the dead letters. */
  reject(message: AmqpReceipt): void;
}

export interface Subscription {
  /** Gives back what is in hand; resolves once the broker has taken it back. */
  end(): Promise<void>;
}

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
  const room = createRoom(deps.mostBytes, deps.time);
  const ending = Promise.withResolvers<void>();
  let isEnded = false;
  let current: OpenChannel<AmqpChannel> | null = null;
  const rest = (ms: number) => Promise.race([pause(deps.channels.time, ms), ending.promise]);

  async function run(): Promise<void> {
    for (let failures = 0; !isEnded; ) {
      const opened = await openStretch(deps, room);
      if (opened.isErr()) {
        if (failures === 0) deps.onTrouble(opened.error);
        await rest(Math.min(AGAIN_LONGEST_MS, AGAIN_FIRST_MS * 2 ** Math.min(failures++, 10)));
        continue;
      }
      failures = 0;
      deps.onConsuming();
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

async function openStretch(deps: SubscriptionDeps, room: Room): Promise<Result<OpenChannel<AmqpChannel>, BusError>> {
  const inHand = room.begin();
  let channel: AmqpChannel | null = null;
  let isOver = false;
  // Over a channel that was lost meanwhile nothing can be said, and nothing needs to be: the message comes again.
  const say = Result.fromThrowable((act: () => void) => act());
  const stretch: Stretch = {
    ack: (message) => void (inHand.release(message.fields.deliveryTag) && say(() => channel?.ack(message))),
    reject: (message) => void (inHand.release(message.fields.deliveryTag) && say(() => channel?.reject(message, false))),
  };
  let giveBack = (): void => void channel?.close().catch(() => undefined);
  const take = (message: AmqpMessage | null): void => {
    if (isOver) return;
    // The broker has ended the consumption alone: the queue was deleted, or, from 4.3 on, a message was kept too long.
    isOver = message === null || !inHand.take(message.fields.deliveryTag, message.content.byteLength);
    if (isOver) giveBack();
    else if (message !== null) deps.onMessage(message, stretch);
  };
  const opened = await openChannel(
    deps.channels,
    (amqp) => amqp.createChannel(),
    async (opening) => {
      channel = opening;
      await deps.declare(opening);
      await opening.prefetch(room.most());
      await opening.consume(deps.queue, take, { noAck: false });
    },
  );
  const lose = (): void => deps.onLost(stretch);
  if (opened.isErr()) lose();
  else {
    giveBack = () => void opened.value.close();
    opened.value.onLost(lose);
    renewInTime(deps.time, opened.value, inHand);
  }
  return opened;
}

function renewInTime(time: BusTime, opened: OpenChannel<AmqpChannel>, inHand: InHand): void {
  const look = (): void => {
    if (inHand.isToBeRenewed()) void opened.close();
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
