import { type Instant, signStandardWebhook } from "@bg-ingest/core";
import type { MockWorld } from "@bg-ingest/provider-mock";

/** Readings by instant, mg/dL: those in deliveries that were sent, and in those that were answered 202. */
export interface Delivered {
  readonly sent: Map<number, number>;
  readonly accepted: Map<number, number>;
}

/** Between the instants of two readings that polls bring. */
const BESIDE_SECONDS = 137;

interface DeliveredPage {
  readonly data: { readonly records: { systemTime: string; displayTime: string; value: number }[] };
}

/** The last half hour's readings, each a little later than it was: such as no poll brings. */
export async function signedDelivery(world: MockWorld, person: string, secret: string, now: number) {
  const span = { from: (now - 1_800) as Instant, to: (now - BESIDE_SECONDS) as Instant };
  const signed = (await world.signDelivery({ account: person, secret, content: { kind: "readings", span } }))._unsafeUnwrap();
  const page = JSON.parse(new TextDecoder().decode(signed.body)) as DeliveredPage;
  const readings = new Map<number, number>();
  for (const record of page.data.records) {
    const at = Math.floor(Date.parse(record.systemTime) / 1000) + BESIDE_SECONDS;
    record.systemTime = `${new Date(at * 1000).toISOString().slice(0, 19)}Z`;
    readings.set(at, record.value);
  }
  const body = new TextEncoder().encode(JSON.stringify(page));
  const id = signed.headers["webhook-id"];
  const headers = (await signStandardWebhook({ id, signedAt: now as Instant, body, secret }))._unsafeUnwrap();
  return { body, headers: { ...headers }, readings };
}
