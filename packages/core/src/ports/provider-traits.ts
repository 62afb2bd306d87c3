/** A rung of the ladder on which late data are found: at least every `everySeconds`, the last `lookBackSeconds` are asked again. */
export interface RePullRung {
  readonly everySeconds: number;
  /** At least twice `everySeconds`, so that one missed rung is made good by the next. */
  readonly lookBackSeconds: number;
}

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
  /** Calls allowed to the whole application, or to each account; `null` where the vendor names no limit. */
  readonly rateLimit: { readonly calls: number; readonly perSeconds: number; readonly scope: "application" | "account" } | null;
}
