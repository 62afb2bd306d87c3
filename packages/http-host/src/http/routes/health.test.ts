import { describe, expect, it } from "vitest";
import { served } from "../../../test/served.ts";
import type { Readiness } from "../http-deps.ts";

describe("GET /healthz", () => {
  it("says that the process is alive, whatever it stands on", async () => {
    const { get } = served({ replace: () => ({ readiness: () => new Promise(() => {}) }) });
    expect((await get("/healthz")).json()).toEqual({ status: "alive" });
  });
});

describe("GET /readyz", () => {
  it("asks at most once a second, and tells what does not answer", async () => {
    const found: Readiness[] = [
      { ready: true, checks: [{ name: "store", ok: true, message: null }] },
      { ready: false, checks: [{ name: "store", ok: false, message: "The disk is full." }] },
    ];
    let asked = 0;
    const { get, time } = served({ replace: () => ({ readiness: async () => found[asked++] as Readiness }) });
    for (let round = 0; round < 5; round++) expect((await get("/readyz")).json()).toEqual({ status: "ready", checks: found[0]?.checks });
    time.pass(999);
    expect((await get("/readyz")).statusCode).toBe(200);
    time.pass(1);
    const answer = await get("/readyz");
    expect([answer.statusCode, answer.headers["retry-after"]]).toEqual([503, "5"]);
    expect(answer.json()).toMatchObject({ type: "/problems/not_ready", checks: found[1]?.checks });
    expect(asked).toBe(2);
  });

  it("asks again after it failed by a bug", async () => {
    let asked = 0;
    const readiness = async (): Promise<Readiness> => {
      if (asked++ === 0) throw new Error("a bug");
      return { ready: true, checks: [] };
    };
    const { get, time } = served({ replace: () => ({ readiness }) });
    expect((await get("/readyz")).statusCode).toBe(500);
    time.pass(1_000);
    expect((await get("/readyz")).statusCode).toBe(200);
  });

  it("asks once for many who ask at the same time", async () => {
    const waiting = Promise.withResolvers<Readiness>();
    let asked = 0;
    const { get, time } = served({
      replace: () => ({
        readiness: () => {
          asked += 1;
          return waiting.promise;
        },
      }),
    });
    const first = get("/readyz");
    await get("/healthz");
    time.pass(60_000);
    const second = get("/readyz");
    await get("/healthz");
    waiting.resolve({ ready: true, checks: [] });
    expect([(await first).statusCode, (await second).statusCode, asked]).toEqual([200, 200, 1]);
  });
});

describe("GET /problems/:kind", () => {
  it("explains every kind of problem, and is where a problem's type leads", async () => {
    const { get } = served();
    const refused = (await get("/api/bg/nobody/latest")).json();
    const page = await get(refused.type);
    expect(page.statusCode).toBe(200);
    expect(page.headers["content-type"]).toBe("text/plain; charset=utf-8");
    expect(page.body).toContain(refused.what_to_do);
    for (const kind of ["nonsense", "__proto__", "constructor", "toString"]) expect((await get(`/problems/${kind}`)).statusCode).toBe(404);
  });
});
