import { request } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { type DexcomServer, type DexcomServerOptions, startDexcomSimulator } from "../src/index.ts";
import { authorizationUrl, REDIRECT_URI } from "./support/application.ts";

const started: DexcomServer[] = [];
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
});

async function start(options: DexcomServerOptions = {}): Promise<DexcomServer> {
  const server = (await startDexcomSimulator({ port: 0, ...options }))._unsafeUnwrap();
  started.push(server);
  return server;
}

const FORM = { "content-type": "application/x-www-form-urlencoded" };

describe("the server", () => {
  it("serves the way from the login page to readings over HTTP", async () => {
    const server = await start();
    const login = authorizationUrl();
    const page = await fetch(server.url + login.pathname + login.search);
    const hidden = [...(await page.text()).matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]);
    const fields = hidden.filter(([name]) => !name?.startsWith("simulator_"));
    const form = new URLSearchParams([...fields, ["simulator_user", "SandboxUser6"], ["simulator_decision", "allow"]] as [
      string,
      string,
    ][]);
    const allowed = await fetch(`${server.url}/v3/oauth2/login`, {
      method: "POST",
      headers: FORM,
      body: form.toString(),
      redirect: "manual",
    });
    const callback = new URL(allowed.headers.get("location") ?? "");
    expect([allowed.status, callback.searchParams.get("state")]).toEqual([303, "a state"]);
    const body = new URLSearchParams({
      client_id: "simulator-client",
      client_secret: "simulator-secret",
      grant_type: "authorization_code",
      code: callback.searchParams.get("code") ?? "",
      redirect_uri: REDIRECT_URI,
    });
    const tokens = (await (await fetch(`${server.url}/v3/oauth2/token`, { method: "POST", body })).json()) as { access_token: string };
    const egvs = await fetch(`${server.url}/v3/users/self/egvs?startDate=2023-07-01T00:00:00&endDate=2023-07-02T00:00:00`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    const { records } = (await egvs.json()) as { readonly records: readonly unknown[] };
    expect(records.length).toBeGreaterThan(250);
  });

  it("lets the connection die where the answer is lost", async () => {
    const server = await start({ faults: { lost_responses: 1 } });
    await expect(fetch(`${server.url}/v3/users/self/devices`)).rejects.toThrow("fetch failed");
    expect(server.simulator.counters().calls).toBe(1);
  });

  it("lets the caller wait where it hangs, and ends all the same", async () => {
    const server = await start({ faults: { hangs: 1 } });
    const waiting = fetch(`${server.url}/v3/users/self/devices`);
    const settled = waiting.then(
      () => "answered",
      () => "gave up",
    );
    while (server.simulator.counters().calls === 0) await new Promise((resolve) => setImmediate(resolve));
    await server.stop();
    expect(await settled).toBe("gave up");
  });

  it("answers to names of this machine only", async () => {
    const { url } = await start();
    expect(await statusFor(url, "evil.test")).toBe(403);
    expect(await statusFor(url, "localhost:1")).toBe(200);
    expect(await statusFor(url, "127.0.0.1.evil.test")).toBe(403);
  });

  it("shows a first page that leads on", async () => {
    const { url } = await start();
    const answer = await fetch(url);
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await answer.text()).toContain("SandboxUser6");
    expect((await fetch(`${url}/style.css`)).headers.get("content-type")).toContain("text/css");
    expect((await fetch(`${url}/nothing`)).status).toBe(404);
  });

  it("says what is wrong where the port is taken", async () => {
    const { url } = await start();
    const refused = (await startDexcomSimulator({ port: Number(new URL(url).port) }))._unsafeUnwrapErr();
    expect(refused).toMatchObject({ kind: "server_not_started", message: expect.stringContaining("EADDRINUSE") });
  });
});

/** `fetch` lets nobody choose the Host. */
function statusFor(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on("error", reject)
      .end();
  });
}
