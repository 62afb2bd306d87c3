import { SETTING_KEYS, type Settings, settingsSchema } from "./settings-schema.ts";

/** The values that must be printed nowhere. */
export function secretValues(settings: Settings): readonly string[] {
  return SETTING_KEYS.filter((key) => settingsSchema.shape[key].meta()?.["secret"] === true).flatMap((key) => {
    const value = settings[key];
    return [value].flat().filter((each) => typeof each === "string");
  });
}
