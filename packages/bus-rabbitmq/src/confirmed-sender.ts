import type { BusError, Call } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import type { AmqpConfirmChannel, AmqpMessage } from "./amqp.ts";
import { blockedBy, cancelled, mapAmqpError, refusedByBroker, unroutable, unsendable } from "./map-amqp-error.ts";
import { type Channels, type OpenChannel, openChannel } from "./open-channel.ts";
import { createWindow } from "./window.ts";
import { deadlinePassed } from "./within.ts";

export interface Outgoing {
  readonly exchange: string;
  readonly routingKey: string;
  readonly content: Buffer;
  readonly properties: object;
  /** Nobody minds if no queue takes it. */
  readonly isOptional?: true;
}

/** Sends messages that are sure to stand in a queue once this is answered. Those in flight at once overlap. */
export interface ConfirmedSender {
  /** The message is written out when its turn has come. */
  send(message: () => Outgoing, call: Call): Promise<Result<void, BusError>>;
}

export interface ConfirmedSenderDeps extends Channels {
  /** So many messages are on their way at once; others wait for their turn. */
  readonly inFlight: number;
  /** Declares what is sent to. */
  readonly setUp: (channel: AmqpConfirmChannel) => Promise<unknown>;
}

type Sent = Result<void, BusError>;

interface Sending extends OpenChannel<AmqpConfirmChannel> {
  readonly unanswered: Map<string, (sent: Sent) => void>;
  /** Of those unanswered, what the broker gave back: it confirms them all the same. */
  readonly returned: Set<string>;
  /** Answered as unpublished because no confirm came in time. It may still come, and means nothing then. */
  readonly overdue: Set<string>;
  /** Resolves once the client library's buffer has room; `null` while it has. */
  drained(): Promise<void> | null;
  /** The buffer is full. */
  stall(): void;
  /** Whoever comes next gets a new one, with everything set up anew. */
  retire(): void;
}

export function createConfirmedSender(deps: ConfirmedSenderDeps): ConfirmedSender {
  const window = createWindow(deps.inFlight);
  let opening: Promise<Result<Sending, BusError>> | null = null;
  let count = 0;

  function ready(): Promise<Result<Sending, BusError>> {
    const mine =
      opening ??
      begin(() => {
        if (opening === mine) opening = null;
      });
    opening = mine;
    return mine;
  }

  async function begin(forget: () => void): Promise<Result<Sending, BusError>> {
    const opened = await openChannel(deps, (amqp) => amqp.createConfirmChannel(), deps.setUp);
    if (opened.isErr()) forget();
    else opened.value.onLost(forget);
    return opened.map((open) => sendingOver(open, forget));
  }

  function transmit(sending: Sending, { exchange, routingKey, content, properties, isOptional }: Outgoing): Promise<Sent> {
    const id = String(++count);
    return new Promise((resolve) => {
      const settle = (sent: Sent): void => {
        if (!sending.unanswered.delete(id)) return;
        sending.returned.delete(id);
        callOff();
        resolve(sent);
      };
      const answersBefore = sending.live.answers();
      const callOff = deps.time.after(deps.deadlineMs, () => {
        sending.overdue.add(id);
        settle(err(mapAmqpError(deadlinePassed(deps.deadlineMs))));
        // One queue may be slow alone: a connection on which the broker answered others meanwhile is everybody's, and stays.
        if (sending.live.answers() === answersBefore) sending.live.abandon();
        // amqplib remembers whatever is unconfirmed for as long as its channel lives.
        else if (sending.overdue.size >= deps.inFlight) sending.retire();
      });
      sending.unanswered.set(id, settle);
      const marked = { ...properties, correlationId: id, mandatory: isOptional !== true, persistent: true };
      const confirmed = (cause: unknown): void => {
        if (cause === null || isRefusal(cause)) sending.live.answered();
        if (sending.overdue.delete(id)) return;
        if (sending.returned.has(id)) {
          settle(err(unroutable));
          sending.retire();
        } else settle(cause === null ? ok(undefined) : err(isRefusal(cause) ? refusedByBroker : mapAmqpError(cause)));
      };
      try {
        if (!sending.channel.publish(exchange, routingKey, content, marked, confirmed)) sending.stall();
      } catch (cause) {
        // amqplib 2.3 throws before it writes or counts anything: the confirms of the others are not mixed up by it.
        settle(err(isGone(cause) ? mapAmqpError(cause) : unsendable));
        if (isGone(cause)) sending.retire();
      }
    });
  }

  return {
    async send(message, call) {
      const leave = await window.enter();
      try {
        if (call.signal.aborted) return err(cancelled);
        const opened = await ready();
        if (opened.isErr()) return err(opened.error);
        const reason = opened.value.live.blocked();
        if (reason !== null) return err(blockedBy(reason));
        for (let full = opened.value.drained(); full !== null; full = opened.value.drained()) await full;
        if (opened.value.isLost()) return err(mapAmqpError(LOST));
        return await transmit(opened.value, message());
      } finally {
        leave();
      }
    },
  };
}

function sendingOver(open: OpenChannel<AmqpConfirmChannel>, forget: () => void): Sending {
  const unanswered: Sending["unanswered"] = new Map();
  const returned = new Set<string>();
  const overdue = new Set<string>();
  let full: { readonly drained: Promise<void>; readonly goOn: () => void } | null = null;
  const drain = (): void => {
    full?.goOn();
    full = null;
  };
  const settleAll = (sent: Sent): void => {
    for (const settle of [...unanswered.values()]) settle(sent);
  };
  // What was sent before may still be taken later: a repeat is recognisable, a wait without end is not.
  const forgetBlocked = open.live.onBlocked((reason) => settleAll(err(blockedBy(reason))));
  open.onLost(() => {
    forgetBlocked();
    drain();
    settleAll(err(mapAmqpError(LOST)));
  });
  open.channel.on("drain", drain);
  open.channel.on("return", ({ properties }: AmqpMessage) => {
    const id = String(properties.correlationId);
    if (unanswered.has(id)) returned.add(id);
  });
  return {
    ...open,
    unanswered,
    returned,
    overdue,
    drained: () => full?.drained ?? null,
    stall: () => {
      const { promise: drained, resolve: goOn } = Promise.withResolvers<void>();
      full ??= { drained, goOn };
    },
    retire: () => {
      forget();
      void open.close();
    },
  };
}

const LOST = new Error("The connection to the broker was lost before it confirmed.");

/** amqplib 2.3 tells a refusal from a lost channel by this alone. */
function isRefusal(cause: unknown): boolean {
  return cause instanceof Error && cause.message === "message nacked";
}

/** amqplib 2.3, of a channel or a connection that is closing or closed. */
function isGone(cause: unknown): boolean {
  return cause instanceof Error && cause.name === "IllegalOperationError";
}
