import { createRabbitMqBus, type RabbitMq } from "@bg-ingest/bus-rabbitmq";
import type { BgEvent } from "@bg-ingest/core";
import { createMemoryDeliveryIds } from "@bg-ingest/core/testing";
import type { Figure } from "../harness/figure.ts";
import { atLeast } from "../harness/finding.ts";
import { measureRatio, noteOf } from "../harness/ratio.ts";
import { startBroker } from "../servers/start-broker.ts";
import { untilDone } from "../stage/call.ts";

const EVENTS = 2_000;

/** A window of confirmations in flight against waiting for each, to RabbitMQ's stream queue: one event each of many people. */
export const confirmWindow: Figure = {
  name: "confirm-window",
  async measure({ isQuick }) {
    const broker = await startBroker();
    if (broker === null) {
      console.error("*** LEFT OUT: confirm-window. No RabbitMQ is installed: apt-get install --no-install-recommends rabbitmq-server. ***");
      return [];
    }
    const deliveryIds = createMemoryDeliveryIds({ nowMs: () => Date.now() });
    const rabbit = createRabbitMqBus({ url: broker.url }, { deliveryIds })._unsafeUnwrap();
    const ratio = await measureRatio(
      {
        prepare: (round) => eventsOf(round),
        subject: async (events) => {
          for (const event of events) await publish(rabbit, [event]);
        },
        baseline: (events) => publish(rabbit, events),
      },
      isQuick ? { warmUp: 1, counted: 3 } : { warmUp: 2, counted: 11 },
    );
    await rabbit.close();
    await broker.stop();
    const perSecond = (ms: number) => Math.round((EVENTS / ms) * 1_000);
    return [
      {
        what: `${EVENTS} events of as many people to RabbitMQ, each awaited ÷ 256 confirmations in flight`,
        value: ratio.value,
        unit: "×",
        target: atLeast(7),
        note: `${noteOf(ratio)}; ${perSecond(ratio.subjectMs)} and ${perSecond(ratio.baselineMs)} events a second`,
      },
    ];
  },
};

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
