import type { ApiKeyId, Caller } from "@bg-ingest/core";

/** Who asks the HTTP side. `isPage`: by the cookie of a page alone, which shows no readings. */
export interface HttpCaller extends Caller {
  readonly isPage?: true;
  /** The key of this service that was shown, or by which the link to that page was made. */
  readonly keyId?: ApiKeyId;
}
