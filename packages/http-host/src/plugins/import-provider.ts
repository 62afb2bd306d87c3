import { type Delay, type ParsedProvider, parseProvider } from "@bg-ingest/core";
import { err, ok, type Result } from "neverthrow";
import type { ImportModule } from "./import-from.ts";
import type { ProviderProblem } from "./provider-roster.ts";
import { type KnownPackage, whyNotImported } from "./why-not-imported.ts";

/** A package by its name, or with the value that it exports as `provider`, where the application has imported it already. */
export type OfferedProvider = { readonly package: string; readonly provider?: unknown };

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
