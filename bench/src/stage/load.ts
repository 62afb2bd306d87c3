import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface Load {
  readonly port: number;
  readonly paths: readonly string[];
  readonly requests: number;
  /** Kept alive; each asks again as soon as it is answered. */
  readonly connections: number;
}

const LONGEST_MS = 60_000;

/** Asks until all requests are answered; anything but 200 ends it. Written on bare sockets: a client library would be slower than the server. */
export async function ask({ port, paths, requests, connections }: Load): Promise<void> {
  let asked = 0;
  const next = (): Buffer | null => (asked < requests ? requestOf(port, paths[asked++ % paths.length] as string) : null);
  const sockets = await Promise.all(Array.from({ length: connections }, () => connected(port)));
  const late = setTimeout(() => {
    for (const socket of sockets) socket.destroy(new Error(`${requests} requests were not answered within ${LONGEST_MS / 1000} s.`));
  }, LONGEST_MS);
  const awake = stayAwake();
  try {
    await Promise.all(sockets.map((socket) => askOn(socket, next)));
  } finally {
    awake.end();
    clearTimeout(late);
    for (const socket of sockets) socket.destroy();
  }
}

/** Whoever sleeps has to be woken, and the server pays for that with every answer: the slower it is, the more often. */
function stayAwake(): { end(): void } {
  let isOver = false;
  const turn = (): void => {
    if (!isOver) setImmediate(turn);
  };
  turn();
  return {
    end() {
      isOver = true;
    },
  };
}

async function connected(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return socket;
}

function requestOf(port: number, path: string): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n`);
}

/** One request after another, until there is no next one. */
function askOn(socket: Socket, next: () => Buffer | null): Promise<void> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    const askNext = (): void => {
      const request = next();
      if (request === null) resolve();
      else socket.write(request);
    };
    socket.on("data", (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const length = lengthOf(received);
      if (length === "wrong") reject(new Error(`An answer was not as it should be: ${received.toString("latin1", 0, 200)}`));
      else if (length !== null && received.length >= length) {
        received = received.subarray(length);
        askNext();
      }
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("The server closed a connection that was in use.")));
    askNext();
  });
}

/** How many bytes the answer has, `null` while that is not known. */
function lengthOf(received: Buffer): number | "wrong" | null {
  const end = received.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const head = received.toString("latin1", 0, end);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  return head.startsWith("HTTP/1.1 200 ") && length !== undefined ? end + 4 + Number(length) : "wrong";
}
