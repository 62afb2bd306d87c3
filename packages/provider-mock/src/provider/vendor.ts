import { type Clock, type Instant, instantOfMs } from "@bg-ingest/core";
import type { VendorClient } from "./vendor-client.ts";

/** The vendor, as the capabilities see it. */
export interface Vendor {
  readonly client: VendorClient;
  readonly clock: Pick<Clock, "nowMs">;
  readonly baseUrl: URL;
}

export function endpoint(vendor: Vendor, path: string): URL {
  return new URL(path, vendor.baseUrl);
}

/** When something that lives so long ends. */
export function expiresIn(vendor: Vendor, lifeSeconds: number): Instant | null {
  return instantOfMs(vendor.clock.nowMs() + lifeSeconds * 1000).unwrapOr(null);
}
