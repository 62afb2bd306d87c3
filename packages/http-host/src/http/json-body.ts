import type { FastifyBodyParser, FastifyInstance } from "fastify";

/** What `mapFrameworkError` knows the refusal of a body by. Its message is for the caller and holds nothing of the body. */
export interface JsonRefused extends Error {
  readonly code: "json_refused";
  /** Keys that are not allowed. */
  readonly fields: readonly string[];
}

/** Reads JSON as fastify does, and says why where it does not. */
export function takeJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error") as FastifyBodyParser<string>;
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser<string>("application/json", { parseAs: "string" }, (request, body, done) => {
    // it answers by its callback
    void parse(request, body, (error, parsed) => {
      if (error === null || body === "") done(error, parsed);
      else done(refusalOf(body));
    });
  });
}

function refusalOf(body: string): JsonRefused {
  const keys = new Set<string>();
  try {
    JSON.parse(body.replace(/^\uFEFF/, ""), (key, value: unknown) => {
      if (key === "__proto__" || key === "constructor") keys.add(key);
      return value;
    });
  } catch (cause) {
    return refused(`The body is not JSON${placeOf(cause as SyntaxError)}.`, []);
  }
  return refused(`The body is JSON, but holds a key that is not allowed: ${[...keys].join(", ")}.`, [...keys]);
}

/** The engine's message may quote the body, and with it a password; only where it ends in a place is that place taken. */
function placeOf({ message }: SyntaxError): string {
  if (/^(Unexpected end of JSON input|Unterminated string)/.test(message)) return ": it ends too early";
  const place = /in JSON at position \d+ \(line (\d+) column (\d+)\)$/.exec(message);
  return place === null ? "" : `: line ${place[1]}, column ${place[2]} is not as JSON has it`;
}

function refused(message: string, fields: readonly string[]): JsonRefused {
  return Object.assign(new Error(message), { code: "json_refused" as const, fields });
}
