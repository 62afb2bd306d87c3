import type { Caller } from "@bg-ingest/core";

/** Who asks the HTTP side. `isPage`: by the cookie of a page alone, which shows no readings. */
export interface HttpCaller extends Caller {
  readonly isPage?: true;
}
