import type { Fields, SettingProblem } from "./setting-problem.ts";

/** Tokens that cannot be checked, and, outside development, what is missing. `isIssuerSaid`: rightly or not. */
export function modeProblems(given: Fields, isIssuerSaid: boolean): readonly SettingProblem[] {
  return [...tokenProblems(given, isIssuerSaid), ...(isStrict(given) ? missingProblems(given) : [])];
}

/**
 * Whether there are keys of the service stands in its store, which is not opened while settings are wrong: whoever hears of others is reminded of
 * it, to start but once more.
 */
export function reminders(given: Fields, isIssuerSaid: boolean): readonly SettingProblem[] {
  if (!isStrict(given) || isIssuerSaid) return [];
  const message =
    "it is not set, so callers need a key of the service. If there is none yet, set AUTH_ISSUER and AUTH_AUDIENCE, or make a key with `npx pnpm@12 keys add` once the settings are right";
  return [{ name: "AUTH_ISSUER", message, isReminder: true }];
}

/** A placeholder: the same few bytes over and over. Of 32 random ones, or of the text of a random number, far more differ. */
function isMadeUp(text: string): boolean {
  return new Set(Buffer.from(text, "base64")).size < 8;
}

function isStrict({ appEnv }: Fields): boolean {
  return appEnv === "staging" || appEnv === "production";
}

function tokenProblems(
  { authIssuer, authAudience, authJwksUrl, authAlgorithms }: Fields,
  isIssuerSaid: boolean,
): readonly SettingProblem[] {
  if (authIssuer !== undefined && authAudience === undefined)
    return [{ name: "AUTH_AUDIENCE", message: "AUTH_ISSUER needs it: else tokens that were made for other services would be taken here" }];
  if (isIssuerSaid) return [];
  const idle = { AUTH_AUDIENCE: authAudience, AUTH_JWKS_URL: authJwksUrl, AUTH_ALGORITHMS: authAlgorithms };
  return Object.entries(idle)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => ({ name, message: "it does nothing without AUTH_ISSUER. Set that, or remove this" }));
}

function missingProblems({ vaultKey, publicUrl }: Fields): readonly SettingProblem[] {
  const problems: SettingProblem[] = [];
  if (vaultKey === undefined)
    problems.push({ name: "VAULT_KEY", message: "outside development it must be set. `openssl rand -base64 32` makes one; keep it safe" });
  else if (vaultKey.some(isMadeUp))
    problems.push({
      name: "VAULT_KEY",
      message:
        "a key (not shown, it is secret) is no random one: anybody could guess it. `openssl rand -base64 32` makes one; keep it safe",
    });
  if (publicUrl === undefined)
    problems.push({
      name: "PUBLIC_URL",
      message: "outside development it must be set: the https address by which others reach the service",
    });
  else if (!publicUrl.startsWith("https:"))
    problems.push({
      name: "PUBLIC_URL",
      message: `"${publicUrl}" is not https: credentials and readings would be carried for anybody to read`,
    });
  return problems;
}
