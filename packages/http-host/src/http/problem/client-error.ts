import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { HttpMeter } from "../http-meter.ts";
import { problemAnswer } from "./problem-answer.ts";
import type { ProblemKind } from "./problem-kinds.ts";

/** What is no HTTP, is too long or comes too slowly never reaches a route: it is answered on the bare connection. */
export function createClientErrorAnswer({ turnedAway }: Pick<HttpMeter, "turnedAway">) {
  return (error: Error & { readonly code?: string }, socket: Socket): void => {
    if (error.code === "ECONNRESET" || socket.destroyed) return;
    const kind = kindOf(error.code);
    turnedAway(kind);
    if (socket.writable) socket.end(responseText(kind), () => socket.destroy());
    else socket.destroy();
  };
}

function kindOf(code: string | undefined): ProblemKind {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "request_timeout";
  return code === "HPE_HEADER_OVERFLOW" ? "headers_too_large" : "malformed_request";
}

function responseText(kind: ProblemKind): string {
  const { status, headers, body } = problemAnswer({ kind }, "");
  const lines = Object.entries({ ...headers, "content-length": String(Buffer.byteLength(body)), connection: "close" });
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines.map(([name, value]) => `${name}: ${value}`), "", body].join("\r\n");
}
