/** What one town is like, and for how long it is watched. */
export interface TownPlan {
  readonly directory: string;
  readonly people: number;
  readonly hours: number;
  /** To tell where the time goes; it costs time itself. */
  readonly isProfiled: boolean;
}

export interface TownResult {
  readonly polls: number;
  readonly missed: number;
  readonly made: number;
  readonly stored: number;
  readonly published: number;
  /** People whose stored readings are not exactly, instant by instant and value by value, those that were made. */
  readonly wrong: number;
  readonly seconds: number;
  readonly peakMebibytes: number;
  readonly places: readonly Place[];
}

/** A part of the program, and its share of the time. */
export interface Place {
  readonly name: string;
  readonly share: number;
}
