import {
  type Bindings,
  type ChildLoggerOptions,
  type DestinationStream,
  destination,
  type LogFn,
  type Logger as PinoLogger,
  pino,
  stdTimeFunctions,
} from "pino";
import { secretValues } from "../settings/secret-values.ts";
import type { Settings } from "../settings/settings-schema.ts";
import { loggedFields } from "./log-fields.ts";
import { prettyLine } from "./pretty-line.ts";
import { createScrubber } from "./scrubber.ts";

export interface HostLog {
  /** The core's `Logger`, and what fastify wants beside it. */
  readonly logger: PinoLogger;
  /** From now on no line shows these values. To be told before whatever holds them runs. */
  hide(secrets: readonly string[]): void;
  /** Writes out what is still waiting. */
  flush(): void;
}

/** Where lines go; standard output unless told otherwise. */
export interface LogTarget {
  readonly write: (line: string) => void;
  readonly isTerminal: boolean;
  readonly flush: () => void;
}

/**
 * One JSON object a line, or a line for the eye on a terminal in development. A field that is not listed is not written, an error is
 * written without its cause, and the secrets that are known are taken out of whatever is left.
 */
export function createLogger(settings: Settings, target: LogTarget = standardOutput()): HostLog {
  const scrubber = createScrubber();
  scrubber.hide(secretValues(settings));
  const isPretty = target.isTerminal && settings.appEnv === "development";
  const stream: DestinationStream = {
    write: (line) => {
      const scrubbed = scrubber.scrub(line);
      target.write(isPretty ? prettyLine(scrubbed) : scrubbed);
    },
  };
  const options = {
    level: settings.logLevel,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    // Pino has serialisers of its own for errors, requests and replies; what is written is decided in one place.
    serializers: {},
    hooks: { logMethod: keepObjectsOutOfMessages },
    formatters: { level: (label: string) => ({ level: label }), log: loggedFields },
  };
  return { logger: withListedBindings(pino(options, stream)), hide: scrubber.hide, flush: target.flush };
}

/** Pino drops the formatter of bindings in every child; children inherit these methods instead. */
function withListedBindings(logger: PinoLogger): PinoLogger {
  const { child, setBindings } = logger;
  return Object.assign(logger, {
    child(this: PinoLogger, bindings: Bindings, options?: ChildLoggerOptions) {
      return Reflect.apply(child, this, [loggedFields(bindings), options]);
    },
    setBindings(this: PinoLogger, bindings: Bindings) {
      setBindings.call(this, loggedFields(bindings));
    },
  });
}

/** Pino makes a bare error's message the line's, and writes whatever else is given for one: as a field an error is described with care. */
function keepObjectsOutOfMessages(this: PinoLogger, parameters: Parameters<LogFn>, method: LogFn): void {
  const [first, message, ...rest] = parameters as readonly unknown[];
  if (first instanceof Error) method.call(this, { error: first }, typeof message === "string" ? message : "Something failed");
  else if (message === undefined || typeof message === "string") method.apply(this, parameters);
  else method.call(this, first as object, NO_TEXT, ...rest);
}

const NO_TEXT = "[a message that is no text]";

function standardOutput(): LogTarget {
  const stream = destination({ fd: 1, sync: false });
  return { write: (line) => void stream.write(line), isTerminal: process.stdout.isTTY === true, flush: () => stream.flushSync() };
}
