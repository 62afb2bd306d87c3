import type { StoreMoment } from "@bg-ingest/core";

/** Of a command of the SDK, what is needed to hear its answer's headers. */
interface Listenable {
  readonly middlewareStack: { add(middleware: (next: Next) => Next, options: { readonly step: "deserialize" }): void };
}

// biome-ignore lint/suspicious/noExplicitAny: the SDK types its middleware by each command's input and output
type Next = (request: any) => Promise<any>;

/** Reads the time at which DynamoDB answered a command: the `Date` header, in whole seconds. `null` until then, or if none is told. */
export function listenForTime(command: Listenable): () => StoreMoment | null {
  let told: StoreMoment | null = null;
  command.middlewareStack.add(
    (next) => async (request) => {
      const answer = await next(request);
      told = momentIn(answer.response) ?? told;
      return answer;
    },
    { step: "deserialize" },
  );
  return () => told;
}

function momentIn(response: unknown): StoreMoment | null {
  const { headers = {} } = Object(response) as { readonly headers?: Readonly<Record<string, string>> };
  const fromMs = Date.parse(headers["date"] ?? "");
  return Number.isNaN(fromMs) ? null : { fromMs, toMs: fromMs + 999 };
}
