import type { BgEvent, Checkpoint, Clock, Environment, LoginFields } from "@bg-ingest/core";
import type { LogTarget } from "./logging/create-logger.ts";
import type { ImportModule } from "./plugins/import-provider.ts";
import type { Timers } from "./scheduler/timers.ts";

/** What an application hands to `createHost`. Only the first two are needed. */
export interface HostParts {
  /** Where settings are looked for, before the `.env` file. */
  readonly environment: Environment;
  /** The application's own importer, `(name) => import(name)`: only it sees what is installed beside it. */
  readonly importModule: ImportModule;
  /** The `.env` file; by default that of the working directory. */
  readonly envFile?: string;
  /** Providers that are offered where `PROVIDERS` names none. */
  readonly builtIn?: readonly BuiltInProvider[];
  /** Further providers, as imported values: they need no `PROVIDERS`. */
  readonly providers?: readonly unknown[];
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
