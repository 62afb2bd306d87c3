import { connect as openConnection, type Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import { afterEach, describe, expect, it } from "vitest";
import { wholeNumber } from "../../test/leaks.ts";
import { calm, good, rawAt, type Served, type ServedOptions, served, signedHeaders } from "../../test/served.ts";
import { USUAL_LIMITS } from "./http-deps.ts";
import { type HttpMeter, uncounted } from "./http-meter.ts";
import type { ProblemKind } from "./problem/problem-kinds.ts";

const listening: FastifyInstance[] = [];

afterEach(async () => {
  for (const app of listening.splice(0)) await app.close();
});

async function listen(options: ServedOptions = {}): Promise<Served & { readonly port: number }> {
  const service = served(options);
  listening.push(service.app);
  const address = await service.app.listen({ host: "127.0.0.1", port: 0 });
  return { ...service, port: Number(new URL(address).port) };
}

interface RawAnswer {
  readonly status: number;
  readonly headers: string;
  readonly body: string;
}

/** Sends what is written, as it is written, and reads until the service hangs up. */
async function exchange(port: number, write: (socket: Socket) => void, localAddress = "127.0.0.1"): Promise<RawAnswer> {
  const socket = openConnection({ port, host: "127.0.0.1", localAddress });
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("error", () => {});
  socket.on("connect", () => write(socket));
  await new Promise((resolve) => socket.on("close", resolve));
  const [head = "", body = ""] = Buffer.concat(chunks).toString().split("\r\n\r\n", 2);
  return { status: Number(head.slice(9, 12)), headers: head.toLowerCase(), body };
}

const request = (line: string, ...headers: string[]): string => [line, ...headers, "connection: close", "", ""].join("\r\n");

function expectProblem(answer: RawAnswer, status: number, kind: string): void {
  expect([answer.status, JSON.parse(answer.body).type]).toEqual([status, `/problems/${kind}`]);
  expect(answer.headers).toContain("content-type: application/problem+json");
}

describe("what is no request", () => {
  it("gets a problem document all the same", async () => {
    const { port } = await listen();
    expectProblem(await exchange(port, (socket) => socket.write("nonsense\r\n\r\n")), 400, "malformed_request");
    expectProblem(
      await exchange(port, (socket) => socket.write(request("GET / HTTP/1.1", "host: localhost", "bad header"))),
      400,
      "malformed_request",
    );
    const large = `x-large: ${"x".repeat(20_000)}`;
    expectProblem(
      await exchange(port, (socket) => socket.write(request("GET / HTTP/1.1", "host: localhost", large))),
      431,
      "headers_too_large",
    );
    const twoLengths = request("POST /api/bg/anna/webhook HTTP/1.1", "host: localhost", "content-length: 1", "transfer-encoding: chunked");
    expectProblem(await exchange(port, (socket) => socket.write(twoLengths)), 400, "malformed_request");
  });

  it("is refused without a host, or with a strange one", async () => {
    const { port } = await listen();
    expectProblem(await exchange(port, (socket) => socket.write(request("GET /connect HTTP/1.1"))), 421, "host_refused");
    expectProblem(
      await exchange(port, (socket) => socket.write(request("GET /connect HTTP/1.1", "host: evil.example"))),
      421,
      "host_refused",
    );
    expect((await exchange(port, (socket) => socket.write(request("GET /connect HTTP/1.1", `host: localhost:${port}`)))).status).toBe(200);
  });

  it("leads nowhere by paths that climb, or by a host in the path", async () => {
    const { port, connect } = await listen();
    await connect("anna");
    for (const path of [
      "/api/bg/../connections/anna",
      "/docs/static/../../package.json",
      "/docs/static/..%2f..%2fpackage.json",
      "http://evil.example/api/connections/anna",
      "//api/connections/anna",
      "/api/connections/anna/",
    ]) {
      const answer = await exchange(port, (socket) => socket.write(request(`GET ${path} HTTP/1.1`, "host: localhost")));
      expect([path, answer.status >= 400 && answer.status < 500]).toEqual([path, true]);
      expect(answer.headers).toContain("application/problem+json");
    }
  });
});

describe("a path that cannot be read", () => {
  it.each([
    ["for its encoding", "/api/%zz"],
    ["for its length", `/api/bg/${"a".repeat(5_000)}/latest`],
  ])("%s, is let in, told and counted as any other", async (_, path) => {
    const answered: unknown[] = [];
    const meter: HttpMeter = { ...uncounted, answered: (method, _route, status, _ms, kind) => void answered.push([method, status, kind]) };
    const { ask, lines } = served({
      options: { limits: { ...USUAL_LIMITS, requestsPerSecondOfCaller: 1 } },
      replace: ({ metrics }) => ({ metrics: { ...metrics, meter } }),
    });
    const statuses: number[] = [];
    // Five at once, of which the document that answers are held against has taken the first.
    for (let n = 0; n < 5; n++) statuses.push((await ask("GET", path)).statusCode);
    expect(statuses).toEqual([400, 400, 400, 400, 429]);
    expect((await ask("GET", path, { headers: { host: "evil.example" } })).statusCode).toBe(421);
    expect(answered).toContainEqual(["GET", 400, "invalid_path"]);
    expect([answered.length, lines.length]).toEqual([7, 7]);
    expect(JSON.stringify(lines)).not.toContain("zz");
  });
});

describe("a client that is slow or greedy", () => {
  it("is hung up on when its request does not arrive in time, and keeps nobody waiting", async () => {
    const { port } = await listen({ options: { limits: { ...USUAL_LIMITS, requestSeconds: 1 } } });
    const slowHead = exchange(port, (socket) => socket.write("GET /healthz HTTP/1.1\r\nhost: loc"));
    const slowBody = exchange(port, (socket) =>
      socket.write("POST /api/bg/anna/webhook HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n["),
    );
    const quick = await exchange(port, (socket) => socket.write(request("GET /healthz HTTP/1.1", "host: localhost")));
    expect(quick.status).toBe(200);
    expectProblem(await slowHead, 408, "request_timeout");
    expectProblem(await slowBody, 408, "request_timeout");
  });

  it("is told at once that a body is too large, and what it goes on sending is not kept", async () => {
    const { port, connect, queue } = await listen();
    await connect("anna");
    const declared = request("POST /api/bg/anna/webhook HTTP/1.1", "host: localhost", "content-length: 1000000000");
    expectProblem(await exchange(port, (socket) => socket.write(declared)), 413, "body_too_large");
    const undeclared = await exchange(port, (socket) => {
      socket.write("POST /api/bg/anna/webhook HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n");
      socket.write(`20000\r\n${"x".repeat(0x20000)}\r\n`);
    });
    expectProblem(undeclared, 413, "body_too_large");
    expect(good(await queue.depth(calm)).waiting).toBe(0);
  });

  it("has little of its unfinished bodies taken, while what others send is taken whole, and may send again once it let go", async () => {
    const problems: (ProblemKind | null)[] = [];
    const meter: HttpMeter = { ...uncounted, answered: (_method, _route, _status, _ms, problem) => void problems.push(problem) };
    const limits = { ...USUAL_LIMITS, bodyBytes: 400_000, bodyBytesOfCaller: 150_000 };
    const { port, connect, queue } = await listen({ options: { limits }, replace: ({ metrics }) => ({ metrics: { ...metrics, meter } }) });
    const { secret } = await connect("anna");
    const sockets: Socket[] = [];
    const abuse = (socket: Socket) => {
      sockets.push(socket);
      socket.write(`POST /api/bg/nobody/webhook HTTP/1.1\r\nhost: localhost\r\ncontent-length: 60001\r\n\r\n${"x".repeat(60_000)}`);
    };
    const abused = Array.from({ length: 6 }, () => exchange(port, abuse));
    await expect.poll(() => problems.filter((kind) => kind === "too_many_requests").length, { timeout: 30_000 }).toBe(4);
    const deliver = async (from: string, id: string) => {
      const body = JSON.stringify([rawAt(-300, 112)]);
      const headers = Object.entries(await signedHeaders(secret, id, body)).map(([name, value]) => `${name}: ${value}`);
      const head = request("POST /api/bg/anna/webhook HTTP/1.1", "host: localhost", `content-length: ${body.length}`, ...headers);
      return (await exchange(port, (socket) => socket.write(head + body), from)).status;
    };
    expect(await deliver("127.0.0.2", "m1")).toBe(202);
    for (const socket of sockets) socket.destroy();
    await Promise.all(abused);
    const large = request("POST /api/bg/nobody/webhook HTTP/1.1", "host: localhost", "content-length: 60000") + "x".repeat(60_000);
    for (let round = 0; round < 4; round++) expect((await exchange(port, (socket) => socket.write(large))).status).toBe(404);
    expect(good(await queue.depth(calm)).waiting).toBe(1);
  });

  it("is told that there is no room when many others send as well", async () => {
    const limits = { ...USUAL_LIMITS, bodyBytes: 100_000, bodyBytesOfCaller: 100_000 };
    const { port } = await listen({ options: { limits } });
    const head = "POST /api/bg/nobody/webhook HTTP/1.1\r\nhost: localhost\r\ncontent-length: 60001\r\n\r\n";
    const answer = await exchange(port, (socket) => socket.write(head + "x".repeat(60_000)));
    expectProblem(answer, 503, "overloaded");
    expect(answer.headers).toContain("retry-after: 1");
  });

  it("is turned away while more is asked than can be answered, and let in again afterwards", async () => {
    const waiting = Promise.withResolvers<{ ready: boolean; checks: [] }>();
    const limits = { ...USUAL_LIMITS, requestsInFlight: 2 };
    const { get } = served({ options: { limits }, replace: () => ({ readiness: () => waiting.promise }) });
    await get("/healthz");
    const patient = [get("/readyz"), get("/readyz")];
    const answer = await get("/healthz");
    expect([answer.statusCode, answer.json().type, answer.headers["retry-after"]]).toEqual([503, "/problems/overloaded", "1"]);
    waiting.resolve({ ready: true, checks: [] });
    for (const each of await Promise.all(patient)) expect(each.statusCode).toBe(200);
    for (let round = 0; round < 10; round++) expect((await get("/healthz")).statusCode).toBe(200);
  });

  it("that goes away before its answer takes no place", async () => {
    const limits = { ...USUAL_LIMITS, requestsInFlight: 2 };
    const { port, get } = await listen({ options: { limits }, replace: () => ({ readiness: () => new Promise(() => {}) }) });
    for (let round = 0; round < 6; round++) {
      await exchange(port, (socket) => socket.write(request("GET /readyz HTTP/1.1", "host: localhost"), () => socket.destroy()));
    }
    await expect.poll(async () => (await get("/healthz")).statusCode).toBe(200);
  });
});

describe("a service that is stopping", () => {
  it("finishes what it has begun, and turns away those who come later on a connection that is open", async () => {
    const begun = Promise.withResolvers<void>();
    const stopping = Promise.withResolvers<void>();
    const waiting = Promise.withResolvers<{ ready: boolean; checks: [] }>();
    const readiness = () => {
      begun.resolve();
      return waiting.promise;
    };
    const { app } = served({ replace: () => ({ readiness }) });
    app.addHook("preClose", (done) => {
      stopping.resolve();
      done();
    });
    const port = Number(new URL(await app.listen({ host: "127.0.0.1", port: 0 })).port);
    const socket = openConnection(port, "127.0.0.1");
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk;
    });
    const hungUp = new Promise((resolve) => socket.on("close", resolve));
    socket.write("GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\n");
    await begun.promise;
    const stopped = app.close();
    await stopping.promise;
    socket.write("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n", () => waiting.resolve({ ready: true, checks: [] }));
    await Promise.all([hungUp, stopped]);
    expect(text).toContain('{"status":"ready","checks":[]}');
    expect(text).toContain("/problems/shutting_down");
  });
});

describe("methods that a path does not take", () => {
  it("are refused with those that it takes", async () => {
    const { app } = served();
    const cases = [
      ["PUT", "/api/bg/anna", "GET, HEAD, DELETE"],
      ["POST", "/api/bg/anna/latest", "GET, HEAD"],
      ["GET", "/api/bg/anna/webhook", "POST"],
      ["OPTIONS", "/api/connections/anna", "GET, HEAD"],
      ["PATCH", "/api/connections/anna/diary", "POST, DELETE"],
    ] as const;
    for (const [method, url, allow] of cases) {
      const answer = await app.inject({ method, url, payload: "{", headers: { "content-type": "application/json" } });
      expect([method, url, answer.statusCode, answer.json().type, answer.headers.allow]).toEqual([
        method,
        url,
        405,
        "/problems/method_not_allowed",
        allow,
      ]);
      expect(answer.json().detail).toContain(`${allow} and not ${method}`);
      expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
    }
  });
});

describe("the log", () => {
  it("holds no person, no glucose, no token and no secret, whatever is asked and whatever goes wrong", async () => {
    const service = served({
      replace: ({ queries }) => ({ queries: { ...queries, range: () => Promise.reject(new Error("at 347 mg/dL")) } }),
    });
    const { get, ask, lines } = service;
    const body = { name: "anna@example.org", password: "open sesame" };
    const connected = await ask("POST", "/api/connections/anna@example.org/diary", { payload: body });
    const { secret } = connected.json().webhook;
    const payload = JSON.stringify([rawAt(-300, 347)]);
    await ask("POST", "/api/bg/anna@example.org/webhook", { payload, headers: await signedHeaders(secret, "msg_1", payload) });
    await service.tell("anna@example.org", [rawAt(-300, 347)]);
    expect((await get("/api/bg/anna@example.org/latest")).body).toContain("347");
    const failed = await get("/api/bg/anna@example.org?from=2025-04-26T00:00:00Z");
    expect([failed.statusCode, failed.json().type]).toEqual([500, "/problems/internal"]);
    expect(failed.body).not.toContain("347");
    await ask("POST", "/api/connections/anna@example.org/diary", {
      payload: '{"password":"open sesame',
      headers: { "content-type": "application/json" },
    });

    const glucose = wholeNumber("347");
    const distinctive = ["anna", "open sesame", secret.slice(6), "msg_1"];
    const findIn = (text: string) => [...distinctive.filter((each) => text.includes(each)), ...(glucose.exec(text) ?? [])];
    expect(lines).toHaveLength(6);
    expect(findIn(JSON.stringify(lines))).toEqual([]);
    expect(findIn(JSON.stringify([...lines, { planted: 347 }]))).toEqual(["347"]);
    expect(lines.map(({ fields }) => fields["route"])).toContain("/api/bg/:userId/latest");
    expect(lines.find(({ level }) => level === "error")?.fields["reason"]).toMatch(/^Error\n\s+at /);
  });
});
