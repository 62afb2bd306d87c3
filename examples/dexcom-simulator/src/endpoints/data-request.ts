import type { FaultRules } from "../faults/fault-switches.ts";
import type { Wearer } from "../people/wearer.ts";
import type { RecordLibrary } from "../records/record-library.ts";
import type { VendorRules } from "../vendor-rules.ts";

/** A request for data that has shown a token. */
export interface DataRequest {
  readonly wearer: Wearer;
  /** As this application knows the user. */
  readonly userId: string;
  readonly query: URLSearchParams;
  /** Seconds since the epoch: what is published by then is shown. */
  readonly asOf: number;
  /** Draws of this request. */
  readonly bits: number;
  /** Whether an answer fault strikes this request. */
  readonly isStruckBy: (fault: "no_data" | "unordered" | "cut_pages") => boolean;
  readonly nowSeconds: number;
}

export interface DataDeps {
  readonly seed: number;
  readonly library: RecordLibrary;
  readonly faults: FaultRules;
  readonly rules: VendorRules;
}
