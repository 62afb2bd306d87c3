import { createMockProvider } from "./provider/mock-provider.ts";

export { createPerson, type Person } from "./person/person.ts";
export { FIVE_MINUTE_SENSOR, type Measurement, measure, ONE_MINUTE_SENSOR, type SensorModel } from "./person/sensor.ts";
export { createMockProvider, type MockProviderOptions } from "./provider/mock-provider.ts";
export { type ReadPage, readPageText } from "./provider/read-page.ts";
export { parseTrace, parseTraceText, type Trace, type TraceEntry, type TraceRefused } from "./replay/trace.ts";
export type { VendorFetch, VendorRequest, VendorResponse } from "./vendor-fetch.ts";
export type { DeliveryContent, DeliveryToSign, SignedDelivery } from "./world/deliveries.ts";
export { MOCK_PASSWORD, type Subscription } from "./world/endpoints.ts";
export { FAULTS, type FaultName, type FaultShares, parseFaults } from "./world/fault.ts";
export type { FaultSwitches } from "./world/fault-switches.ts";
export type { MockRecord } from "./world/mock-record.ts";
export { createMockWorld, type MockWorld, type MockWorldOptions } from "./world/mock-world.ts";

/** Simulated people in a cloud of their own. */
export const provider = createMockProvider();
