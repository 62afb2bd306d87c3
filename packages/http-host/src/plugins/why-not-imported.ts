import { placesOf } from "@bg-ingest/core";
import { describeError } from "../logging/describe-error.ts";
import { nearName } from "../settings/near-name.ts";
import { isNotInstalled } from "./import-from.ts";

/** A package that comes with the application, and the name of its provider, by which people know it. */
export type KnownPackage = { readonly package: string; readonly name: string };

/** What keeps a package from being imported, and what to do about it. */
export function whyNotImported(name: string, cause: unknown, known: readonly KnownPackage[]): string {
  if (isNotInstalled(name, cause)) return whyNotInstalled(name, known);
  const { name: thrown, message } = describeError(cause);
  return (
    whatIsMissing(name, message) ??
    whatDoesNotFit(cause) ??
    (message === "" ? `it throws ${thrown} while it is imported, and does not say why` : `it cannot be imported: ${message}`)
  );
}

/** Whoever is told to install a name will do so: it must not be a slip, behind which may stand a stranger's package. */
function whyNotInstalled(name: string, known: readonly KnownPackage[]): string {
  const near = nearName(name, [...known.map((each) => each.name), ...known.map((each) => each.package)]);
  const meant = known.find((each) => [name, near].some((given) => given === each.name || given === each.package));
  if (meant !== undefined) return `no package of this name is installed; the one with the provider ${meant.name} is ${meant.package}`;
  return `no package of this name is installed; check the name. If it is right and you trust whoever publishes it: in the folder in which the service was installed, run npm install ${name} (or pnpm add ${name})`;
}

/** As Node 24 says it, of a package by its name and of a file by its path. */
const NOT_FOUND = /^Cannot find (?:package|module) '(.+?)' imported from /;

function whatIsMissing(name: string, message: string): string | undefined {
  const [, missing] = NOT_FOUND.exec(message) ?? [];
  if (missing === undefined) return undefined;
  if (missing.includes(`/node_modules/${name}/`))
    return `it is installed, and ${missing} of it is missing: build it, or install it again; if that does not help, tell whoever publishes it`;
  return `it cannot be imported: it needs '${missing}', which is not there. Install it again, with the packages that its README names beside it`;
}

/** As V8 says it of a name that a module imports from another. */
const NO_SUCH_EXPORT = /^The requested module '(.+?)' does not provide an export named '(.+?)'$/;
/** Where Node itself reads the text of a module; what a module parses for itself is read elsewhere, and is quoted to nobody. */
const READING_A_MODULE = /^\s+at \S+ \(node:internal\/modules\//;

/** Neither quotes anything but source. */
function whatDoesNotFit(cause: unknown): string | undefined {
  if (!(cause instanceof SyntaxError)) return undefined;
  const [, from, wanted] = NO_SUCH_EXPORT.exec(cause.message) ?? [];
  if (from !== undefined)
    return `it cannot be imported: it wants ${wanted} of '${from}', and the version of that which is installed does not have it. Install a version of the provider that was made for this one, or bring the service up to date`;
  const [place = ""] = placesOf(cause);
  return READING_A_MODULE.test(place) ? `it cannot be imported: it holds what is no JavaScript to this Node, ${cause.message}` : undefined;
}
