import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Stands between a client and a server, and spoils what goes between them when told to. */
export interface TcpProxy {
  readonly port: number;
  /** How many connections were let through. */
  readonly passed: number;
  /** Ends every connection without a word. */
  drop(): void;
  /** Refuses whoever comes anew. */
  refuse(isRefusing: boolean): void;
  /** Keeps all connections open and passes on nothing, in the ways named. */
  swallow(way: "nothing" | "both" | "answers"): void;
  /** Breaks each connection once so many bytes of the server's have passed; `null`: none. */
  cutAfter(bytes: number | null): void;
  /** Puts something else in the place of what the server says. */
  alter(change: (bytes: Buffer) => Buffer): void;
  close(): Promise<void>;
}

const AMQP_PORT = 5672;

/** `url`: of the server. */
export async function startTcpProxy(url: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let isRefusing = false;
  let swallowed: "nothing" | "both" | "answers" = "nothing";
  let passed = 0;
  let longest: number | null = null;
  let alter = (bytes: Buffer): Buffer => bytes;
  const server = createServer((client) => {
    if (isRefusing) return void client.destroy();
    passed++;
    const target = connect(Number(port || AMQP_PORT), hostname.replace(/^\[|\]$/g, ""));
    const end = (): void => {
      client.destroy();
      target.destroy();
      sockets.delete(client);
      sockets.delete(target);
    };
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", end);
      socket.on("close", end);
    }
    client.on("data", (bytes) => void (swallowed !== "both" && target.write(bytes)));
    let answered = 0;
    target.on("data", (bytes) => {
      answered += bytes.length;
      if (longest !== null && answered > longest) end();
      else if (swallowed === "nothing") client.write(alter(bytes));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get passed() {
      return passed;
    },
    drop: () => {
      for (const socket of [...sockets]) socket.destroy();
    },
    refuse: (refusing) => {
      isRefusing = refusing;
    },
    swallow: (way) => {
      swallowed = way;
    },
    cutAfter: (bytes) => {
      longest = bytes;
    },
    alter: (change) => {
      alter = change;
    },
    close: () => {
      for (const socket of [...sockets]) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
