import {
  type Call,
  type Delivery,
  type Ingest,
  type Logger,
  type ProviderName,
  type ReceiveDeps,
  type Received,
  type ReceiveError,
  receiveDelivery,
  type UserId,
  type Verdict,
  type WebhookRequest,
  type WorkQueue,
} from "@bg-ingest/core";
import type { Result } from "neverthrow";
import type { Scheduler } from "../scheduler/scheduler.ts";

/** Takes webhook deliveries, and works on those that were taken. */
export interface Deliveries {
  /** Answers once the delivery is on disk. `provider` decides where a person has several connections that take deliveries. */
  receive(userId: UserId, provider: ProviderName | null, request: WebhookRequest, call: Call): Promise<Result<Received, ReceiveError>>;
  start(): void;
  /** Takes up no further delivery and waits for those being worked on; what is left is handed out at the next start. */
  stop(): Promise<void>;
}

export interface DeliveriesDeps {
  readonly receive: ReceiveDeps;
  readonly queue: WorkQueue;
  readonly ingest: Pick<Ingest, "work">;
  readonly scheduler: Pick<Scheduler, "recheck">;
  readonly logger: Logger;
}

export function createDeliveries(deps: DeliveriesDeps): Deliveries {
  let stop: (() => Promise<void>) | null = null;
  return {
    receive: (userId, provider, request, call) => receiveDelivery(deps.receive, userId, provider, request, call),
    start() {
      const consumption = deps.queue.consume(async (delivery, call) => {
        const verdict = await deps.ingest.work(delivery, call);
        if (verdict.kind === "set_apart") tellSetApart(deps.logger, delivery, verdict);
        deps.scheduler.recheck(delivery);
        return verdict;
      });
      stop = () => consumption.stop();
    },
    async stop() {
      await stop?.();
      stop = null;
    },
  };
}

function tellSetApart(logger: Logger, { sourceId, provider }: Delivery, { reason }: Extract<Verdict, { kind: "set_apart" }>): void {
  logger.warn(
    { source: sourceId, provider, reason },
    "A delivery cannot be taken and is set apart; GET /api/connections/{userId}/{provider}/set-aside shows it, docs/errors.md says what its reason means.",
  );
}
