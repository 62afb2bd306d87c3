import type { StoreError } from "../../ports/store-error.ts";
import type { FetchFailed } from "../asking/fetch-window.ts";

/** An attempt that shows in how the source is. */
export type Refused =
  | Extract<FetchFailed, { readonly at: "provider" | "vault" }>
  | { readonly at: "store"; readonly error: Extract<StoreError, { readonly kind: "stop" }> };

/** For the log: what happened, what it means for the person, what to do. Why it happened stands beside it, as the reason. */
export function whatFollows(failed: Refused): string {
  switch (failed.at) {
    case "vault":
      return `The stored credentials of this source do not open, so its provider is not asked and no new readings come. ${DO} ${AGAIN}`;
    case "store":
      return `${STORED_WRONG} ${AGAIN}`;
    case "provider":
      return ofProvider(failed);
  }
}

function ofProvider({ error, isForeign, isRenewal }: Extract<Refused, { readonly at: "provider" }>): string {
  switch (error.kind) {
    case "retry":
      return isRenewal ? NOT_RENEWED_NOW : NOT_ANSWERED;
    case "reconnect":
      return isForeign ? FOREIGN : NO_ACCESS;
    case "stop":
      return `${isRenewal ? NOT_RENEWED_EVER : NOTHING_USABLE} ${AGAIN}`;
  }
}

const DO = "Do what the reason says.";
const AGAIN =
  "It is tried again ever more seldom, at least once a day and at each start; what the provider still has by then is fetched afterwards.";

const STORED_WRONG =
  "What is stored of this source cannot be read or written, so no new readings are kept. If the reason does not help, put a backup back.";

const NOT_ANSWERED = "The provider did not answer as it should, so no new readings come for now; it is asked again after a while.";
const NOT_RENEWED_NOW = "The provider did not renew access, so no new readings come for now; it is asked again after a while.";

const NO_ACCESS = "There is no access to the provider's data any more, so no new readings come. The person has to connect again.";
const FOREIGN =
  "The provider shows another account than the one that was connected, so nothing of it is stored and no new readings come. The person has to connect again, with the account of before.";

const NOT_RENEWED_EVER = `Access could not be renewed, and waiting does not mend it, so no new readings come. ${DO} Connecting again does not help before.`;
const NOTHING_USABLE =
  "Nothing usable came of asking the provider, so no new readings come. If it goes on, look for a newer version of the provider's package, or report the reason.";
