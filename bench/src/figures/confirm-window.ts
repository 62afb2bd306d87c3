import { createRabbitMqBus, type RabbitMq } from "@bg-ingest/bus-rabbitmq";
import type { BgEvent } from "@bg-ingest/core";
import { createMemoryDeliveryIds } from "@bg-ingest/core/testing";
import { connectAmqplib } from "../../../packages/bus-rabbitmq/src/connect-amqplib.ts";
import { parseRabbitMqUrl } from "../../../packages/bus-rabbitmq/src/rabbitmq-url.ts";
import type { Figure } from "../harness/figure.ts";
import { atLeast } from "../harness/finding.ts";
import { measureRatio, noteOf, type Rounds } from "../harness/ratio.ts";
import { startBroker } from "../servers/start-broker.ts";
import { untilDone } from "../stage/call.ts";

const EVENTS = 1_000;

/** A window of confirmations in flight against waiting for each: one event each of many people, to RabbitMQ. */
export const confirmWindow: Figure = {
  name: "confirm-window",
  async measure({ isQuick }) {
    const broker = await startBroker();
    if (broker === null) return { leftOut: "No RabbitMQ is installed: apt-get install --no-install-recommends rabbitmq-server." };
    const rounds = isQuick ? { warmUp: 1, counted: 3 } : { warmUp: 2, counted: 11 };
    const toLog = await measure(broker.url, rounds);
    await bindConsumer(broker.url);
    const toConsumer = await measure(broker.url, rounds);
    await broker.stop();
    const what = `${EVENTS} events of as many people, each awaited ÷ 256 confirmations in flight`;
    return [
      { what: `${what}: to the log and a consumer's quorum queue`, unit: "×", target: atLeast(7), ...toConsumer },
      { what: `${what}: to the log alone, which confirms before it is on disk`, unit: "×", target: null, ...toLog },
    ];
  },
};

async function measure(url: string, rounds: Rounds): Promise<{ readonly value: number; readonly note: string }> {
  const rabbit = createRabbitMqBus({ url }, { deliveryIds: createMemoryDeliveryIds({ nowMs: () => Date.now() }) })._unsafeUnwrap();
  const ratio = await measureRatio(
    {
      prepare: (round) => eventsOf(round),
      subject: async (events) => {
        for (const event of events) await publish(rabbit, [event]);
      },
      baseline: (events) => publish(rabbit, events),
    },
    rounds,
  );
  await rabbit.close();
  const perSecond = (ms: number) => Math.round((EVENTS / ms) * 1_000);
  return { value: ratio.value, note: `${noteOf(ratio)}; ${perSecond(ratio.subjectMs)} and ${perSecond(ratio.baselineMs)} events a second` };
}

/** What a consumer does that wants to lose nothing while it is away. */
async function bindConsumer(url: string): Promise<void> {
  const connection = await connectAmqplib(parseRabbitMqUrl(url)._unsafeUnwrap(), {}, "consumer", 10_000)();
  const channel = await connection.createChannel();
  await channel.assertQueue("consumer", { durable: true, arguments: { "x-queue-type": "quorum" } });
  await channel.bindQueue("consumer", "bg.events", "#");
  await connection.close();
}

async function publish({ bus }: RabbitMq, events: readonly BgEvent[]): Promise<void> {
  (await bus.publish(events, untilDone))._unsafeUnwrap();
}

/** What a poll of a 5-minute sensor brings, for each person. */
function eventsOf(round: number): readonly BgEvent[] {
  return Array.from({ length: EVENTS }, (_, n) => eventOf(`source${String(n).padStart(6, "0")}`, round + 1));
}

function eventOf(source: string, version: number): BgEvent {
  const day = "2026-03-01";
  const time = `${day}T12:00:00Z`;
  const reading = { timestamp: time, glucose_mg_dl: 120, range_flag: null, trend: "steady", trend_rate_mg_dl_min: 0.1 };
  const readings = [{ ...reading, utc_offset_minutes: 60, device: "sensor", previous_glucose_mg_dl: null }];
  const subject = `${source}/${day}`;
  return {
    specversion: "1.0",
    id: `${subject}/${version}`,
    source: "bg-ingest",
    subject,
    time,
    datacontenttype: "application/json",
    type: "bg.readings.recorded.v1",
    data: { user_id: `user of ${source}`, provider: "mock", source, day, version, arrival: "live", received_at: time, readings },
  };
}
