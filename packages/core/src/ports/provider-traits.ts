/** A rung of the ladder on which late data are found: at least every `everySeconds`, the last `lookBackSeconds` are asked again. */
export interface RePullRung {
  readonly everySeconds: number;
  /** At least twice `everySeconds`, so that one missed rung is made good by the next. */
  readonly lookBackSeconds: number;
}

/** Calls allowed to the whole application, or to each account. */
export interface RateLimit {
  readonly calls: number;
  readonly perSeconds: number;
  readonly scope: "application" | "account";
  /**
   * Calls that one `oauth.exchangeCode` or one `login.login` makes at most; `USUAL_CALLS_PER_CONNECT` where it is not said. Fewer than `calls`,
   * for polls need some too; or both are 1. Anything else that a provider is asked makes one call, a page each time that it is asked for one.
   */
  readonly callsPerConnect?: number;
}

/** Credentials, whose they are, and one of the two once more. */
export const USUAL_CALLS_PER_CONNECT = 3;

/** How a vendor and its sensor behave. Declared, never guessed. */
export interface ProviderTraits {
  /** Between two readings, usually. Never polled more often. */
  readonly cadenceSeconds: number;
  /** Between a measurement and its being shown. */
  readonly publicationDelaySeconds: number;
  /** The widest span of one request. */
  readonly maxWindowSeconds: number;
  /** How far back the vendor can ever go. */
  readonly historySeconds: number;
  readonly rePull: readonly RePullRung[];
  /** `null` where the vendor names no limit. */
  readonly rateLimit: RateLimit | null;
}
