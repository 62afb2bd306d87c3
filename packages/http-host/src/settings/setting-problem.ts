import type { SettingKey, Settings } from "./settings-schema.ts";

/** A setting that keeps the service from starting, in words for whoever set it. */
export interface SettingProblem {
  readonly name: string;
  readonly message: string;
  /** It may be right as it is: whoever hears of others hears of it as well. */
  readonly isReminder?: true;
}

/** Settings as far as they could be read. */
export type Fields = { -readonly [K in SettingKey]?: Settings[K] | undefined };
