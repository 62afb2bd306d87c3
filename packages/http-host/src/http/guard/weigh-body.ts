import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import type { Problem } from "../problem/problem.ts";
import type { HeldBody } from "./body-budget.ts";

/** What `mapFrameworkError` knows a body by that was not taken to its end. */
export interface BodyRefused extends Error {
  readonly code: "body_refused";
  readonly problem: Problem;
}

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
}

/** Weighs a body as it arrives. Whoever reads it hears of a refusal as of a body that broke off. */
export function weighBody(body: Readable, held: HeldBody): void {
  const onPiece = (piece: Buffer) => {
    const problem = held.take(piece.length);
    if (problem === null) return;
    body.off("data", onPiece);
    // where nobody reads it, nobody keeps it
    if (body.listenerCount("error") > 0) body.emit("error", refused(problem));
  };
  body.on("data", onPiece);
}

function refused(problem: Problem): BodyRefused {
  return Object.assign(new Error("A body was not taken to its end."), { code: "body_refused" as const, problem });
}
