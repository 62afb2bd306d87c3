/** A setting that other versions have. It is refused, lest anybody believe that it does something. */
export interface LaterSetting {
  readonly name: string;
  readonly why: string;
}

const ONLY_SQLITE = "this version stores in SQLite only, under `DATA_DIR`";
const ONLY_MEMORY = "this version has only the bus inside its own process";

export const laterSettings: readonly LaterSetting[] = [
  { name: "DYNAMODB_ENDPOINT", why: ONLY_SQLITE },
  { name: "DYNAMODB_TABLE", why: ONLY_SQLITE },
  { name: "RABBITMQ_URL", why: ONLY_MEMORY },
  { name: "SECRET_NAME", why: "this version reads secrets from its environment only" },
];

/** Left alone because other programs' environments hold them. */
export const ignoredSettings: readonly LaterSetting[] = [{ name: "AWS_REGION", why: `${ONLY_SQLITE}; no region is ever asked` }];
