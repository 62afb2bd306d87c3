import { CAPABILITIES, type CapabilityName, type CgmProvider } from "../ports/cgm-provider.ts";

/** The functions that a capability consists of; those a provider may leave out bear a question mark. */
const FUNCTIONS = {
  oauth: ["authorizationUrl", "exchangeCode", "refresh"],
  login: ["login", "renew"],
  poll: ["fetchPages"],
  backfill: ["fetchPages", "availableSpan"],
  webhook: ["verify", "read", "subscribe?", "unsubscribe?"],
} as const satisfies Record<CapabilityName, readonly string[]>;

/** What stands between a provider that was made and what it declared, in words; empty if nothing does. */
export function mismatches(made: Readonly<Record<string, unknown>>, declared: readonly CapabilityName[]): readonly string[] {
  return CAPABILITIES.flatMap((capability) => {
    const given = made[capability];
    const isDeclared = declared.includes(capability);
    if (given === undefined) return isDeclared ? [`it declares "${capability}" and its create does not return it`] : [];
    if (!isDeclared) return [`its create returns "${capability}", which it does not declare`];
    return typeof given === "object" && given !== null
      ? flaws(capability, given as Record<string, unknown>)
      : [`"${capability}" must be an object`];
  });
}

function flaws(capability: CapabilityName, given: Readonly<Record<string, unknown>>): readonly string[] {
  const wanting = FUNCTIONS[capability].filter((name) => !isThere(given, name)).map((name) => name.replace("?", ""));
  const functions = wanting.map((name) => `"${capability}.${name}" must be a function`);
  if (capability === "oauth" && typeof given["pkce"] !== "boolean") return [...functions, '"oauth.pkce" must be true or false'];
  if (capability === "login" && !areFields(given["fields"])) {
    return [...functions, '"login.fields" must be a list of { name, label, secret }, each name once'];
  }
  return functions;
}

function isThere(given: Readonly<Record<string, unknown>>, name: string): boolean {
  const value = given[name.replace("?", "")];
  return typeof value === "function" || (name.endsWith("?") && value === undefined);
}

function areFields(value: unknown): value is NonNullable<CgmProvider["login"]>["fields"] {
  if (!Array.isArray(value) || value.length === 0) return false;
  const isField = (field: unknown) => {
    if (typeof field !== "object" || field === null) return false;
    const { name, label, secret } = field as Record<string, unknown>;
    return typeof name === "string" && name !== "" && typeof label === "string" && typeof secret === "boolean";
  };
  return value.every(isField) && new Set(value.map(({ name }) => name)).size === value.length;
}
