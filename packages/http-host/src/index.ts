export { createHost } from "./create-host.ts";
export type { Host, HostRefused, Listening } from "./host.ts";
export type { BuiltInProvider, Demo, HostParts } from "./host-parts.ts";
export type { LogTarget } from "./logging/create-logger.ts";
export type { Timers } from "./scheduler/timers.ts";
export { getSettings, type LoadedSettings, loadSettings, type SettingsRefused } from "./settings/settings.ts";
export type { Settings } from "./settings/settings-schema.ts";
