import { setMaxListeners } from "node:events";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { parseExposition } from "./exposition.ts";
import { type RunningHost, startHost, WORN_AT_MS } from "./running-host.ts";

const ABUSER = "127.0.0.1";
const WELL_BEHAVED = "127.0.0.2";
const TOKEN = "scrape-me-if-you-can";
const LIMITS = {
  CALLER_REQUESTS_PER_SECOND: "25",
  CALLER_CONNECTIONS: "24",
  REQUESTS_IN_FLIGHT: "32",
  // Longer than the well-behaved ever take on a busy machine, on which both sides are one process.
  REQUEST_TIMEOUT_SECONDS: "10",
  ANSWER_TIMEOUT_SECONDS: "3",
  WEBHOOK_BODY_LIMIT_BYTES: "16384",
};

/** Slower than the slowest rate that is allowed here. */
const PATIENT_MS = 1_100;

let running: RunningHost | null = null;
let over = new AbortController();

afterEach(async () => {
  over.abort();
  await running?.stop();
  running = null;
});

/** One connection of the abuser, who never ends it; resolves when somebody else has. */
function abuse(port: number, begin: (socket: Socket) => void, { signal }: AbortController): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1", localAddress: ABUSER, allowHalfOpen: true });
  const end = () => socket.destroy();
  signal.addEventListener("abort", end);
  socket.on("error", () => {});
  socket.on("connect", () => begin(socket));
  socket.resume();
  return new Promise((resolve) =>
    socket.on("close", () => {
      signal.removeEventListener("abort", end);
      resolve();
    }),
  );
}

/** So many at a time, each of them begun again when it was hung up on. */
function keepAbusing(atATime: number, begin: (socket: Socket) => void): void {
  const until = over;
  const port = Number(new URL((running as RunningHost).url).port);
  const again = async (): Promise<void> => {
    while (!until.signal.aborted) {
      await abuse(port, begin, until);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  for (let n = 0; n < atATime; n++) void again();
}

const HEAD = "Host: localhost\r\nContent-Type: application/json\r\n";

function trickle(socket: Socket, text: string): void {
  socket.write(text);
  const timer = setInterval(() => socket.write("x"), 50);
  socket.on("close", () => clearInterval(timer));
}

/** What is done to the service, and as what it is counted. */
const ABUSES: Readonly<Record<string, { readonly counted: string; begin(): void }>> = {
  "floods it with requests": {
    counted: "too_many_requests",
    begin: () =>
      keepAbusing(4, (socket) => {
        const ask = () => socket.write("GET /api/bg/anna/latest HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(4));
        socket.on("data", ask);
        ask();
      }),
  },
  "sends huge bodies": {
    counted: "body_too_large",
    begin: () =>
      keepAbusing(4, (socket) => {
        socket.write(`POST /api/bg/anna/webhook HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
        const more = () => void (socket.destroyed || socket.write(`8000\r\n${"x".repeat(0x8000)}\r\n`, () => setImmediate(more)));
        more();
      }),
  },
  "sends slow bodies": {
    counted: "request_timeout",
    begin: () => keepAbusing(20, (socket) => trickle(socket, `POST /api/bg/anna/webhook HTTP/1.1\r\n${HEAD}Content-Length: 9000\r\n\r\n`)),
  },
  "sends slow headers": {
    counted: "request_timeout",
    begin: () => keepAbusing(20, (socket) => trickle(socket, "GET /api/bg/anna/latest HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")),
  },
  "leaves connections half open": {
    counted: "request_timeout",
    begin: () => keepAbusing(20, (socket) => void socket.write("GET /api/bg/anna/latest HT")),
  },
  "reads nothing of the ranges that it asks for": {
    counted: "slow_reader",
    begin: () =>
      keepAbusing(8, (socket) => {
        socket.pause();
        socket.write("GET /api/bg/anna?from=2026-09-30T13:07:00Z&detail=full HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(12));
        // Whoever reads nothing hears of the end by writing alone.
        const timer = setInterval(() => socket.write("\r\n"), 100);
        socket.on("close", () => clearInterval(timer));
      }),
  },
  "opens ever more connections": {
    counted: "too_many_connections",
    begin: () => keepAbusing(120, () => {}),
  },
};

interface Answered {
  readonly status: number;
  readonly body: string;
}

function askWell(path: string, headers: Record<string, string> = {}, method = "GET", payload?: string): Promise<Answered> {
  const { port } = new URL((running as RunningHost).url);
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: "127.0.0.1", localAddress: WELL_BEHAVED, path, method, headers, agent: false }, (answer) => {
      let body = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk) => {
        body += chunk;
      });
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body }));
      answer.on("error", reject);
    });
    asked.on("error", reject);
    asked.end(payload);
  });
}

async function shed(reason: string): Promise<number> {
  const { status, body } = await askWell("/metrics", { authorization: `Bearer ${TOKEN}` });
  expect(status).toBe(200);
  return parseExposition(body).sum("bg_http_shed_total", { reason }) ?? 0;
}

const WELL_ASKED = ["/api/bg/anna/latest", "/api/bg/anna?from=2026-10-14T00:00:00Z", "/api/connections/anna", "/readyz"];

async function serveAnna(more: Readonly<Record<string, string>> = {}): Promise<void> {
  over = new AbortController();
  setMaxListeners(0, over.signal);
  running = await startHost({ ...LIMITS, METRICS_TOKEN: TOKEN, ...more }, WORN_AT_MS);
  const connected = await askWell("/api/connections/anna/mock", { "content-type": "application/json" }, "POST", '{"user":"anna"}');
  expect(connected.status).toBe(201);
  await expect.poll(async () => (await askWell("/api/bg/anna/latest")).status, { timeout: 60_000, interval: PATIENT_MS }).toBe(200);
}

describe("while one caller", () => {
  it.each(Object.entries(ABUSES))(
    "%s, everybody else is answered, and what was shed is counted",
    async (_, { counted, begin }) => {
      await serveAnna();
      expect(await shed(counted)).toBe(0);
      begin();
      await expect.poll(() => shed(counted), { timeout: 60_000, interval: 100 }).toBeGreaterThan(0);
      for (let round = 0; round < 4; round++) {
        for (const path of WELL_ASKED) expect([path, (await askWell(path)).status]).toEqual([path, 200]);
      }
      expect(await shed(counted)).toBeGreaterThan(0);
    },
    120_000,
  );

  it("does all of it at once, everybody else is answered", async () => {
    await serveAnna();
    for (const { begin } of Object.values(ABUSES)) begin();
    await expect.poll(() => shed("too_many_connections"), { timeout: 60_000, interval: 100 }).toBeGreaterThan(0);
    for (let round = 0; round < 4; round++) {
      for (const path of WELL_ASKED) expect([path, (await askWell(path)).status]).toEqual([path, 200]);
    }
  }, 120_000);
});

it("behind a trusted proxy a caller is who the proxy says, whatever the caller writes before it, and the proxy may have many connections", async () => {
  await serveAnna({ TRUSTED_PROXIES: "127.0.0.0/30" });
  const [abuser, other] = ["198.51.100.1", "198.51.100.2"];
  keepAbusing(2 * Number(LIMITS.CALLER_CONNECTIONS), () => {});
  keepAbusing(4, (socket) => {
    const forwarded = `X-Forwarded-For: ${other}, ${abuser}`;
    const ask = () => socket.write(`GET /api/bg/anna/latest HTTP/1.1\r\nHost: localhost\r\n${forwarded}\r\n\r\n`.repeat(4));
    socket.on("data", ask);
    ask();
  });
  await expect.poll(() => shed("too_many_requests"), { timeout: 60_000, interval: 100 }).toBeGreaterThan(0);
  for (let round = 0; round < 4; round++) {
    for (const path of WELL_ASKED) expect([path, (await askWell(path, { "x-forwarded-for": other })).status]).toEqual([path, 200]);
  }
  expect((await askWell("/api/bg/anna/latest", { "x-forwarded-for": abuser })).status).toBe(429);
  expect(await shed("too_many_connections")).toBe(0);
}, 120_000);

it("a caller that is told to wait is answered once it has waited", async () => {
  await serveAnna({ CALLER_REQUESTS_PER_SECOND: "1" });
  const latest = () => fetch(`${(running as RunningHost).url}/api/bg/anna/latest`);
  let answer = await latest();
  for (let asked = 1; answer.status === 200 && asked < 500; asked++) answer = await latest();
  expect(answer.status).toBe(429);
  expect(Number(answer.headers.get("retry-after"))).toBe(1);
  expect(((await answer.json()) as { readonly type: string }).type).toBe("/problems/too_many_requests");
  await expect.poll(async () => (await latest()).status, { timeout: 60_000, interval: 1_100 }).toBe(200);
}, 120_000);
