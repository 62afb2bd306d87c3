import { type Delay, type ParsedProvider, parseProvider } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import { describeError } from "../logging/describe-error.ts";
import { nearName } from "../settings/near-name.ts";
import { type ImportModule, isNotInstalled } from "./import-from.ts";
import type { ProviderProblem } from "./provider-roster.ts";

/** A package by its name, or with the value that it exports as `provider`, where the application has imported it already. */
export type OfferedProvider = { readonly package: string; readonly provider?: unknown };

/** A package that comes with the application, and the name of its provider, by which people know it. */
export type KnownPackage = { readonly package: string; readonly name: string };

export interface Found {
  readonly package: string;
  readonly parsed: ParsedProvider;
}

const IMPORT_DEADLINE_MS = 30_000;

export async function importProvider(
  offered: OfferedProvider,
  importModule: ImportModule,
  delay: Delay,
  known: readonly KnownPackage[],
): Promise<Result<Found, ProviderProblem>> {
  const exported = "provider" in offered ? ok(offered.provider) : await importExport(offered.package, importModule, delay, known);
  return exported
    .andThen((value) => parseProvider(value).mapErr(({ message }) => message))
    .map((parsed) => ({ package: offered.package, parsed }))
    .mapErr((reason) => ({ package: offered.package, reason }));
}

async function importExport(
  name: string,
  importModule: ImportModule,
  delay: Delay,
  known: readonly KnownPackage[],
): Promise<Result<unknown, string>> {
  const timer = new AbortController();
  const imported = Promise.resolve()
    .then(() => importModule(name))
    .then(exportOf)
    .catch((cause: unknown) => err(whyNotImported(name, cause, known)));
  const late = delay(IMPORT_DEADLINE_MS, timer.signal).then(() =>
    err("it does not finish being imported; importing a provider must do nothing"),
  );
  const outcome = await Promise.race([imported, late]);
  timer.abort();
  return outcome;
}

function exportOf(module: unknown): Result<unknown, string> {
  const exports: object = typeof module === "object" && module !== null ? module : {};
  if ("provider" in exports) return ok(exports.provider);
  return err(`it exports no \`provider\`${butOthers(Object.keys(exports))}; a provider package exports defineProvider({ … }) by that name`);
}

/** Enough to tell a misspelt name or another package by. */
const MOST_NAMES_TOLD = 5;

function butOthers(names: readonly string[]): string {
  if (names.length === 0) return "";
  const more = names.length > MOST_NAMES_TOLD ? `, … ${names.length} in all` : "";
  return ` (but ${names.slice(0, MOST_NAMES_TOLD).join(", ")}${more})`;
}

function whyNotImported(name: string, cause: unknown, known: readonly KnownPackage[]): string {
  return isNotInstalled(name, cause) ? whyNotInstalled(name, known) : `it cannot be imported: ${describeError(cause).message}`;
}

/** Whoever is told to install a name will do so: it must not be a slip, behind which may stand a stranger's package. */
function whyNotInstalled(name: string, known: readonly KnownPackage[]): string {
  const near = nearName(name, [...known.map((each) => each.name), ...known.map((each) => each.package)]);
  const meant = known.find((each) => [name, near].some((given) => given === each.name || given === each.package));
  if (meant !== undefined) return `no package of this name is installed; the one with the provider ${meant.name} is ${meant.package}`;
  return `no package of this name is installed; check the name. If it is right and you trust whoever publishes it: in the folder in which the service was installed, run npm install ${name} (or pnpm add ${name})`;
}
