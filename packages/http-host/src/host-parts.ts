import type { BgEvent, Checkpoint, Clock, Environment, LoginFields } from "@bg-ingest/core";
import type { LogTarget } from "./logging/create-logger.ts";
import type { ImportModule } from "./plugins/import-from.ts";
import type { Timers } from "./scheduler/timers.ts";

/** What an application hands to `createHost`; nothing of it is needed. */
export interface HostParts {
  /** Where settings are looked for, before the `.env` file; by default the environment of the process. */
  readonly environment?: Environment;
  /** The application's own importer, `(name) => import(name)`; by default what is installed for the working directory is found. */
  readonly importModule?: ImportModule;
  /** The `.env` file; by default that of the working directory. */
  readonly envFile?: string;
  /** Providers that are offered where `PROVIDERS` names none. */
  readonly builtIn?: readonly BuiltInProvider[];
  /** Further providers, as imported values: they need no `PROVIDERS`. */
  readonly providers?: readonly unknown[];
  /** Packages that may fail to be loaded, beside those of `ALLOW_FAILING`; a value stands in its place: `providers[0]`. */
  readonly allowFailing?: readonly string[];
  /** Whom to connect on the first start in development. */
  readonly demo?: Demo;
  /** Hears every event of this process, before it counts as published. It must not throw. */
  readonly onEvent?: (event: BgEvent) => void;
  /** Another time than the machine's, for simulations. */
  readonly time?: Clock & Timers;
  /** How providers reach their vendors, where not by the network: a simulated vendor in the same process. */
  readonly fetch?: typeof fetch;
  /** Where log lines go; standard output unless told otherwise. */
  readonly logTarget?: LogTarget;
  /** Called at the moments at which a process may die with something half done, for tests. */
  readonly checkpoint?: Checkpoint;
}

export interface BuiltInProvider {
  /** What its provider calls itself. */
  readonly name: string;
  readonly package: string;
  /** Offered in development alone. */
  readonly isForDevelopment: boolean;
}

export interface Demo {
  readonly userId: string;
  readonly provider: string;
  readonly fields: LoginFields;
}
