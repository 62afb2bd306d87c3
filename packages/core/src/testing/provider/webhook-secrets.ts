import { bytesOf } from "../samples.ts";

/** Where a host takes the deliveries of one source. */
export const CALLBACK_URL = new URL("https://ingest.example/api/webhook/kestrel-7?source=s0meSource123");

/** As a host makes it for one source: another for each number. */
export function secretOf(source: number): string {
  return `whsec_${btoa(String.fromCharCode(...bytesOf(source, 32)))}`;
}
