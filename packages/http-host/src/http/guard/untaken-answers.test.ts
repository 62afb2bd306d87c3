import { connect, type Socket } from "node:net";
import type { RawReading } from "@bg-ingest/core";
import type { FastifyInstance } from "fastify";
import { afterEach, describe, expect, it } from "vitest";
import { rawAt, type Served, served } from "../../../test/served.ts";
import { USUAL_LIMITS } from "../http-deps.ts";
import { type HttpMeter, uncounted } from "../http-meter.ts";

const DAYS = 90;
const RANGE = "/api/bg/anna?from=2025-01-20T00:00:00Z&detail=full";

const listening: FastifyInstance[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const app of listening.splice(0)) await app.close();
});

/** Somebody with so many days of readings, every five minutes: some 7 MB, told in full. */
async function worn(limits: Partial<typeof USUAL_LIMITS>): Promise<Served & { readonly port: number; readonly shed: string[] }> {
  const shed: string[] = [];
  const meter: HttpMeter = {
    ...uncounted,
    answered: (_method, _route, _status, _ms, problem) => void (problem !== null && shed.push(problem)),
    turnedAway: (why) => void shed.push(why),
  };
  const service = served({
    options: { limits: { ...USUAL_LIMITS, ...limits } },
    replace: () => ({ metrics: { meter, text: async () => "" } }),
  });
  await service.connect("anna");
  for (let day = 0; day < DAYS; day++) {
    const page = Array.from({ length: 288 }, (_, n): RawReading => rawAt(-86_400 * day - 300 * (n + 1), 100 + (n % 50)));
    await service.tell("anna", page);
  }
  listening.push(service.app);
  const address = await service.app.listen({ host: "127.0.0.1", port: 0 });
  return { ...service, port: Number(new URL(address).port), shed };
}

/** Asks so many times on one connection and reads nothing. */
function askAndReadNothing(
  port: number,
  times: number,
  { isSilent = false } = {},
): { readonly socket: Socket; readonly hungUp: Promise<void> } {
  const socket = connect({ port, host: "127.0.0.1" });
  sockets.push(socket);
  socket.pause();
  socket.on("error", () => {});
  socket.write(`GET ${RANGE} HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(times));
  // Whoever reads nothing hears of the end only by writing.
  const hungUp = new Promise<void>((resolve) => {
    const timer = setInterval(() => isSilent || socket.write("\r\n"), 100);
    socket.on("close", () => {
      clearInterval(timer);
      resolve();
    });
  });
  return { socket, hungUp };
}

async function get(port: number, path: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  await answer.arrayBuffer();
  return answer.status;
}

describe("a client that does not read its answers", () => {
  it("is hung up on, which is counted, and everybody else is answered meanwhile", async () => {
    const { port, shed } = await worn({ takingSeconds: 1 });
    const { hungUp } = askAndReadNothing(port, 4);
    expect(await get(port, "/api/bg/anna/latest")).toBe(200);
    await hungUp;
    expect(shed).toEqual(["slow_reader"]);
    const whole = (await (await fetch(`http://127.0.0.1:${port}${RANGE}`)).json()) as readonly unknown[];
    expect(whole).toHaveLength(DAYS * 288);
  }, 60_000);

  it("is counted too where nothing at all moves on its connection", async () => {
    const { port, shed } = await worn({ takingSeconds: 600, idleSeconds: 1 });
    const { hungUp } = askAndReadNothing(port, 4, { isSilent: true });
    await expect.poll(() => shed, { timeout: 30_000 }).toEqual(["slow_reader"]);
    sockets.at(-1)?.resume();
    await hungUp;
  }, 60_000);

  it("is told to read first once it has as many lying as one may have, and is answered again when it has read them", async () => {
    const { port, shed } = await worn({ takingSeconds: 600, untakenBytes: 64 * 1024 * 1024 });
    const waiting = [1, 2, 3].map(() => askAndReadNothing(port, 1).socket);
    await expect.poll(() => get(port, RANGE), { timeout: 30_000 }).toBe(429);
    expect(shed.filter((why) => why !== "too_many_requests")).toEqual([]);
    expect(await get(port, "/api/bg/anna/latest")).toBe(200);
    for (const socket of waiting) socket.resume();
    await expect.poll(() => get(port, RANGE), { timeout: 30_000 }).toBe(200);
  }, 60_000);
});

it("a client that reads slowly, and reads, gets the whole of it", async () => {
  const { port, shed } = await worn({ takingSeconds: 1 });
  const { socket } = askAndReadNothing(port, 1);
  let length = 0;
  const ended = new Promise<void>((resolve) => {
    socket.on("data", (chunk) => {
      length += chunk.length;
      socket.pause();
      setTimeout(() => socket.resume(), 5);
      if (chunk.toString("latin1").endsWith("0\r\n\r\n")) resolve();
    });
  });
  socket.resume();
  await ended;
  expect(length).toBeGreaterThan(5_000_000);
  expect(shed).toEqual([]);
}, 60_000);
