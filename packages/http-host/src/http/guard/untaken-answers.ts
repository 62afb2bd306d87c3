import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import type { Answer } from "../answer.ts";
import type { HttpLimits } from "../http-deps.ts";
import type { HttpMeter } from "../http-meter.ts";
import type { Problem } from "../problem/problem.ts";

/** Large answers that were made and are not yet taken: each lies in memory until its client has read it. */
export interface UntakenAnswers {
  /** Counts an answer in until it is taken or its client has gone; else why it is not given. What is small is not looked at. */
  refusalOf(body: Answer["body"], request: FastifyRequest, raw: ServerResponse): Problem | null;
  stop(): void;
}

interface Untaken {
  readonly socket: Socket;
  /** What has gone out on this connection, and when it was last more than before. */
  takenBytes: number;
  sinceMs: number;
}

const SMALL_BYTES = 65_536;
/** What is streamed is held as decoded days and one piece of 2 MB: with a year of a 5-minute sensor some 5 MB, rounded up. */
const STREAM_BYTES = 8 * 1024 * 1024;
const LOOK_EVERY_MS = 1_000;

/**
 * A client that reads nothing of its answer, or hardly anything, is hung up on: in each `takingSeconds` it has to take a piece, of 2 MB at most. One caller
 * has a quarter of `untakenBytes` at most; once they are used up, whoever has any of them waits, and whoever has none is answered.
 */
export function createUntakenAnswers(
  server: Pick<Server, "on">,
  { takingSeconds, untakenBytes }: Pick<HttpLimits, "takingSeconds" | "untakenBytes">,
  { turnedAway }: Pick<HttpMeter, "turnedAway">,
): UntakenAnswers {
  const all = new Map<ServerResponse, Untaken>();
  let bytes = 0;
  const timer = setInterval(hangUpOnSlow, Math.min(LOOK_EVERY_MS, takingSeconds * 250)).unref();

  function hangUpOn(socket: Socket): void {
    turnedAway("slow_reader");
    socket.destroy();
  }

  // Nothing moved for as long as a connection may lie idle: with a listener, the server leaves it to that to hang up.
  server.on("timeout", (socket: Socket) => {
    const isUntaken = [...all.values()].some((untaken) => untaken.socket === socket);
    if (isUntaken) hangUpOn(socket);
    else socket.destroy();
  });

  function hangUpOnSlow(): void {
    const nowMs = performance.now();
    for (const untaken of all.values()) {
      const takenBytes = takenOf(untaken.socket);
      if (takenBytes !== untaken.takenBytes) Object.assign(untaken, { takenBytes, sinceMs: nowMs });
      else if (nowMs - untaken.sinceMs >= takingSeconds * 1000 && !untaken.socket.destroyed) {
        hangUpOn(untaken.socket);
      }
    }
  }

  return {
    refusalOf(body, { use, method, raw: { socket } }, raw) {
      const size = sizeOf(body);
      if (size <= SMALL_BYTES || use === null || method === "HEAD" || raw.closed) return null;
      const isTooMuch = use.untakenBytes + size > untakenBytes / 4 || bytes + size > untakenBytes;
      if (isTooMuch && use.untakenBytes > 0) return TAKE_FIRST;
      use.untakenBytes += size;
      bytes += size;
      all.set(raw, { socket, takenBytes: takenOf(socket), sinceMs: performance.now() });
      raw.once("close", () => {
        use.untakenBytes -= size;
        bytes -= size;
        all.delete(raw);
      });
      return null;
    },
    stop: () => clearInterval(timer),
  };
}

const TAKE_FIRST: Problem = {
  kind: "too_many_requests",
  detail: "Answers of yours that are not read yet are as many as one caller may have.",
  whatToDo: "Read the answers that were begun, then ask again, with fewer large ranges at once.",
  retryAfterSeconds: 1,
};

function sizeOf(body: Answer["body"]): number {
  return body instanceof Readable ? STREAM_BYTES : (body?.length ?? 0);
}

function takenOf({ bytesWritten, writableLength }: Socket): number {
  return bytesWritten - writableLength;
}
