import type { ProviderName, SourceId, UserId } from "../reading/identifiers.ts";
import type { Day, Instant, Span } from "../reading/instant.ts";
import type { ProviderTraits } from "./provider-traits.ts";

/**
 * What is known of one source beside its days. `connecting`: no credentials yet. `connected`: it is polled and takes deliveries.
 * `disconnected`: its readings stay, nothing is asked. `erased`: a tombstone; its readings are shown to nobody and swept.
 */
export type SourcePhase = "connecting" | "connected" | "disconnected" | "erased";

/** What last happened when the provider was asked; written when its kind changes, else at most every six hours. */
export type SourceHealth =
  /** The last answer was good. */
  | { readonly kind: "ok"; readonly since: Instant }
  /** Being retried. */
  | {
      readonly kind: "failing";
      readonly since: Instant;
      readonly attempts: number;
      readonly message: string;
      readonly nextAttemptAt: Instant;
    }
  /** The person has to act. */
  | { readonly kind: "needs_reconnect"; readonly since: Instant; readonly message: string }
  /** A bug, ours or the provider's: tried again once a day and at each start. */
  | { readonly kind: "stopped"; readonly since: Instant; readonly message: string };

/** How often in a row the provider has said that it has no history. It is asked again before that is believed. */
interface NothingSaid {
  readonly times: number;
  readonly lastAt: Instant;
  /** A reading was stored that it should have had. */
  readonly isDisproved: boolean;
}

/** Windows are taken newest first: everything from `doneFrom` up to `to` is stored; finished once `doneFrom` ≤ `from`. */
export interface BackfillProgress {
  readonly startedAt: Instant;
  readonly finishedAt: Instant | null;
  /** No further back than this, if the person or the application said so. */
  readonly notBefore: Instant | null;
  /** `null` until the provider was asked what it has. */
  readonly span: { readonly from: Instant; readonly to: Instant; readonly doneFrom: Instant } | null;
  /** Absent unless that is all it has said so far. Of a finished backfill: it was believed, until a reading comes. */
  readonly nothing?: NothingSaid;
}

/** Whether the vendor calls for a source. `off`: it was asked to in vain, and is asked again; readings come by polls meanwhile. */
export type Push =
  | { readonly kind: "on"; readonly since: Instant; readonly url: string }
  | {
      readonly kind: "off";
      readonly since: Instant;
      readonly attempts: number;
      readonly message: string;
      readonly nextAttemptAt: Instant;
    };

/** A span that the provider answered with something unreadable down to the smallest slice. */
export interface RecordedGap extends Span {
  readonly reason: string;
  readonly recordedAt: Instant;
}

/** Every day before `day` has reached the bus. */
export interface OpenFrom {
  readonly day: Day;
  readonly loweredAt: Instant | null;
}

/** A source id that was erased: what may still have been in flight is swept at once, after an hour and after a day, and then it is forgotten. */
export interface EndedSource {
  readonly sourceId: SourceId;
  readonly endedAt: Instant;
  /** Whether the bus was told at the last sweep. */
  readonly isAnnounced: boolean;
  readonly sweptAt: Instant | null;
  /** Nobody erased it: connecting it for the first time failed. What it stored is swept, and that is all there is to it. */
  readonly neverLived?: true;
}

/** A connect that is under way. */
export interface BegunConnect {
  /** Whose it is, by a name that nobody else has: whoever goes on with it puts their own. */
  readonly by: string;
  /** The account that it is going to be of, as soon as the vendor has told. */
  readonly accountId: string | null;
  /** Since when the source had been disconnected; `null` if it was never connected: nobody has seen anything of it. */
  readonly leftSince: Instant | null;
}

export interface SourceRecord {
  readonly userId: UserId;
  readonly provider: ProviderName;
  readonly sourceId: SourceId;
  /** The vendor's account, where the provider tells it: a reconnect with another one is refused. */
  readonly accountId: string | null;
  readonly phase: SourcePhase;
  /** When this source first connected; earlier sources stand before later ones where both cover a moment. */
  readonly connectedAt: Instant;
  /** When `phase` last changed. */
  readonly phaseSince: Instant;
  /** There while `phase` is `connecting`. */
  readonly begun?: BegunConnect;
  /** The user's preference: lower stands before higher, before the order of connecting; `null` where none was given. */
  readonly rank: number | null;
  readonly health: SourceHealth;
  readonly lastSuccessAt: Instant | null;
  readonly openFrom: OpenFrom;
  readonly backfill: BackfillProgress | null;
  readonly gaps: readonly RecordedGap[];
  /** Absent until the vendor was asked, after each connect anew. */
  readonly push?: Push;
  /** The newest day that held as much as a day can when more readings of it came; absent if none ever did. */
  readonly fullDay?: Day;
  /** How the provider behaves towards this connection, where that depends on where it was made: settings may have changed since. */
  readonly traits?: ProviderTraits;
  /** Earlier sources of this user and provider, and this one once it is erased. */
  readonly ended: readonly EndedSource[];
  /** Grows by one with each write of this record. */
  readonly version: number;
}
