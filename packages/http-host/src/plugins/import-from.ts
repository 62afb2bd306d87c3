import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describeError } from "../logging/describe-error.ts";

/** The application's own importer: only it sees what is installed beside it. */
export type ImportModule = (name: string) => Promise<unknown>;

/** Imports as a module in `folder` would, by Node's own rules; what is not installed there, as `otherwise` does, if it is given. */
export function importFrom(folder: string, otherwise?: ImportModule): ImportModule {
  const mark = `bg-ingest-from-${marks++}:`;
  const parentURL = pathToFileURL(join(folder, "application.js")).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier.startsWith(mark) ? next(specifier.slice(mark.length), { ...context, parentURL }) : next(specifier, context),
  });
  return (name) =>
    import(`${mark}${name}`).catch((cause: unknown) => {
      if (otherwise === undefined || !isNotInstalled(name, cause)) throw cause;
      return otherwise(name);
    });
}

/** No two importers answer to one mark. */
let marks = 0;

/** The package itself, and not what it imports in turn. */
export function isNotInstalled(name: string, cause: unknown): boolean {
  const { message, code } = describeError(cause);
  return code === "ERR_MODULE_NOT_FOUND" && message.includes(`'${name}'`);
}
