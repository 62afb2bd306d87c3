/** A setting that other versions have. It is refused, lest anybody believe that it does something. */
export interface LaterSetting {
  readonly name: string;
  readonly why: string;
}

export const laterSettings: readonly LaterSetting[] = [
  { name: "SECRET_NAME", why: "this version reads secrets from its environment only" },
];
