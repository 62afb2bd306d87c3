import { type Instant, newApiKey, type Scope, type UserId } from "@bg-ingest/core";
import { err } from "neverthrow";
import { describe, expect, it } from "vitest";
import { calm, good, rawAt, type Served, type ServedOptions, served, signedHeaders } from "../../../test/served.ts";
import { digest } from "../../composition/digest.ts";

const HTML = { accept: "text/html" };
let made = 0;

async function keyFor(service: Served, scopes: readonly Scope[], subject: string | null = null) {
  const random = `${made++}`.padStart(43, "k");
  const { key, text } = newApiKey(random, { name: "test", scopes, subject: subject as UserId | null }, 1 as Instant, digest);
  good(await service.keys.add(key, calm));
  return { key, headers: { authorization: `Bearer ${text}` } };
}

async function asked(options: ServedOptions = {}): Promise<Served> {
  const service = served({ isAsked: true, ...options });
  await service.connect("anna");
  await service.tell("anna", [rawAt(-300, 347)]);
  return service;
}

const kindOf = (answer: { json(): { type?: string } }) => answer.json().type?.replace("/problems/", "");

describe("where callers are asked who they are", () => {
  it("whoever does not say is told how to, whatever they ask for", async () => {
    const service = await asked();
    const calls = [
      ["GET", "/api/bg/anna/latest"],
      ["GET", "/api/bg/nobody?from=2025-04-26"],
      ["DELETE", "/api/bg/anna"],
      ["GET", "/api/connections/anna"],
      ["POST", "/api/connections/anna/diary"],
      ["POST", "/api/connections/anna/diary/poll"],
      ["DELETE", "/api/connections/anna/diary"],
      ["GET", "/api/connections/anna/diary/set-aside"],
      ["POST", "/api/connect-links/anna"],
      ["GET", "/api/providers"],
      ["GET", "/connect/anna"],
    ] as const;
    for (const [method, path] of calls) {
      const answer = await service.ask(method, path);
      expect([path, answer.statusCode, kindOf(answer)]).toEqual([path, 401, "credentials_missing"]);
      expect(answer.headers["www-authenticate"]).toBe('Bearer realm="bg-ingest"');
    }
    expect((await service.ask("HEAD", "/api/bg/anna/latest")).statusCode).toBe(401);
  });

  it("what holds nothing of anybody needs no credentials", async () => {
    const service = await asked();
    for (const path of ["/healthz", "/readyz", "/openapi.json", "/docs/", "/connect", "/assets/connect.js", "/problems/another_person"])
      expect([path, (await service.get(path)).statusCode]).toEqual([path, 200]);
    expect((await service.get("/api/nothing")).statusCode).toBe(404);
    const bearer = [{ bearer: [] }];
    expect((await service.get("/openapi.json")).json().paths["/api/bg/{userId}"].get.security).toEqual(bearer);
    expect((await served().get("/openapi.json")).json().paths["/api/bg/{userId}"].get.security).toEqual([{}, ...bearer]);
  });

  it("a key lets its holder do what its scopes are for, and no more", async () => {
    const service = await asked();
    const read = await keyFor(service, ["read"]);
    expect((await service.get("/api/bg/anna/latest", read.headers)).json().glucose_mg_dl).toBe(347);
    expect((await service.get("/api/providers", (await keyFor(service, [])).headers)).statusCode).toBe(200);
    const poll = await service.ask("POST", "/api/connections/anna/diary/poll", read);
    expect([poll.statusCode, kindOf(poll), poll.json().scope]).toEqual([403, "scope_missing", "write"]);
    expect(poll.headers["www-authenticate"]).toContain('error="insufficient_scope", scope="write"');
    const write = await keyFor(service, ["write"]);
    expect((await service.ask("POST", "/api/connections/anna/diary/poll", write)).statusCode).toBe(202);
    expect((await service.get("/api/bg/anna/latest", write.headers)).statusCode).toBe(403);
    expect((await service.ask("DELETE", "/api/bg/anna", await keyFor(service, ["read", "write"]))).statusCode).toBe(403);
    expect((await service.ask("DELETE", "/api/bg/anna", await keyFor(service, ["admin"]))).statusCode).toBe(204);
  });

  it("a key for one person's data says of others the same, whether or not they are known", async () => {
    const service = await asked();
    const { headers } = await keyFor(service, ["read", "write"], "bert");
    const [known, unknown] = [await service.get("/api/bg/anna/latest", headers), await service.get("/api/bg/carl/latest", headers)];
    expect([known.statusCode, kindOf(known), known.body]).toEqual([403, "another_person", unknown.body]);
    expect((await service.get("/api/bg/bert/latest", headers)).statusCode).toBe(404);
    await service.connect("bert");
    expect((await service.get("/api/connections/bert", headers)).statusCode).toBe(200);
  });

  it.each([
    "Basic YW5uYTp4",
    "Bearer",
    "Bearer ",
    "Bearer a b",
    "bgk_x",
    "Bearer bgk_unknown",
    `Bearer bgk_${"x".repeat(43)}`,
    "Bearer e30.e30.",
    "",
  ])("the credential %j lets nobody in", async (authorization) => {
    const service = await asked();
    const answer = await service.get("/api/bg/anna/latest", { authorization });
    expect([answer.statusCode, kindOf(answer)]).toEqual([401, "credentials_invalid"]);
    expect(answer.headers["www-authenticate"]).toContain('error="invalid_token"');
  });

  it("a revoked key is refused within half a minute, and one that was used is noted", async () => {
    const service = await asked();
    const { key, headers } = await keyFor(service, ["read"]);
    expect((await service.get("/api/bg/anna/latest", headers)).statusCode).toBe(200);
    expect(good(await service.keys.find(key.id, calm))?.lastUsedAt).toBe(Math.floor(service.time.nowMs() / 1000));
    good(await service.keys.revoke(key.id, 2 as Instant, calm));
    service.time.pass(30_000);
    const answer = await service.get("/api/bg/anna/latest", headers);
    expect([answer.statusCode, kindOf(answer)]).toEqual([401, "credentials_invalid"]);
  });

  it("while the keys cannot be read nobody is let in, and nobody is called unknown", async () => {
    const service = await asked();
    const { headers } = await keyFor(service, ["admin"]);
    service.keys.find = async () => err({ kind: "retry", message: "The disk is busy." });
    const answer = await service.get("/api/bg/anna/latest", headers);
    expect([answer.statusCode, kindOf(answer)]).toEqual([503, "store_away"]);
  });

  it("while the issuer's keys cannot be had nobody is let in either", async () => {
    const service = await asked({ verifyToken: async () => err({ kind: "away", message: "no answer" }) });
    const answer = await service.get("/api/bg/anna/latest", { authorization: "Bearer e30.e30.e30" });
    expect([answer.statusCode, kindOf(answer), answer.headers["retry-after"]]).toEqual([503, "identity_away", "5"]);
  });

  it("no credential stands in a log line or an answer", async () => {
    const service = await asked();
    const { headers } = await keyFor(service, ["read"]);
    const bodies = [
      await service.get("/api/bg/anna/latest", headers),
      await service.get("/api/bg/anna/latest", { authorization: `${headers.authorization}x` }),
    ];
    const told = JSON.stringify([service.lines, bodies.map(({ body, headers: sent }) => [body, sent])]);
    expect(told).not.toContain(headers.authorization.slice("Bearer ".length, -2));
  });

  it("a delivery proves itself, and strangers are not told by it who is known here", async () => {
    const service = await asked();
    const { secret } = await service.connect("bert");
    const body = JSON.stringify([rawAt(-600, 120)]);
    const headers = await signedHeaders(secret, "1", body);
    expect((await service.ask("POST", "/api/bg/bert/webhook", { headers, payload: body })).statusCode).toBe(202);
    const refused = ["anna", "nobody"].flatMap((user) => [
      service.ask("POST", `/api/bg/${user}/webhook`, { headers, payload: body }),
      service.ask("POST", `/api/bg/${user}/webhook/diary`, { payload: body }),
    ]);
    const answers = (await Promise.all(refused)).map((answer) => ({ ...answer.json(), request_id: "", status: answer.statusCode }));
    for (const answer of answers) expect(answer).toEqual({ ...answers[0], status: 401, type: "/problems/delivery_refused" });
  });
});

describe("the page of a person's connections, where callers are asked who they are", () => {
  const opened = async (service: Served, by?: Awaited<ReturnType<typeof keyFor>>) => {
    const made = await service.ask("POST", "/api/connect-links/anna", by ?? (await keyFor(service, ["read", "write"])));
    expect(made.statusCode).toBe(201);
    const { pathname, search } = new URL(made.json().url);
    const answer = await service.get(`${pathname}${search}`, HTML);
    return { link: `${pathname}${search}`, answer, cookie: String(answer.headers["set-cookie"]).split(";")[0] as string };
  };

  it("says to whoever has no link how to come by one", async () => {
    const page = await (await asked()).get("/connect/anna", HTML);
    expect([page.statusCode, page.headers["content-type"]]).toEqual([401, "text/html; charset=utf-8"]);
    expect(page.body).toContain("Open this page by the link that your application gives you");
  });

  it("opens by a link, does what it is for, and opens nothing else", async () => {
    const service = await asked();
    await service.connect("bert");
    const { answer, cookie } = await opened(service);
    expect([answer.statusCode, answer.headers.location]).toEqual([303, "/connect/anna"]);
    expect(String(answer.headers["set-cookie"])).toMatch(/; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax$/);
    expect((await service.get("/connect/anna", { ...HTML, cookie })).statusCode).toBe(200);
    await service.tell("anna", [rawAt(-600, 4_321)]);
    const path = "/api/connections/anna/diary/set-aside";
    const shown = (await service.get(path, { cookie })).json().records;
    expect(shown).toEqual([expect.objectContaining({ reason: "glucose_out_of_range" })]);
    expect(JSON.stringify(shown)).not.toContain("4321");
    const told = (await service.get(path, (await keyFor(service, ["read"])).headers)).json().records;
    expect(told.map(({ record, ...rest }: { record: string }) => [JSON.parse(record).value, rest])).toEqual([[4_321, shown[0]]]);
    expect((await service.ask("POST", "/api/connections/anna/diary/poll", { headers: { cookie } })).statusCode).toBe(202);
    for (const path of ["/api/bg/anna/latest", "/connect/bert", "/api/connections/bert", "/api/providers"])
      expect([path, (await service.get(path, { cookie })).statusCode]).toEqual([path, 401]);
    expect((await service.ask("DELETE", "/api/bg/anna", { headers: { cookie } })).statusCode).toBe(401);
    const elsewhere = { cookie, origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    expect((await service.ask("POST", "/api/connections/anna/diary/poll", { headers: elsewhere })).statusCode).toBe(403);
  });

  it("is shut again after its time, and a link after its own", async () => {
    const service = await asked();
    const { link, cookie } = await opened(service);
    service.time.pass(600_000);
    const late = await service.get(link, HTML);
    expect([late.statusCode, late.body.includes("This link is no longer good")]).toEqual([401, true]);
    service.time.pass(3_000_000);
    const shut = await service.get("/api/connections/anna", { cookie });
    expect([shut.statusCode, kindOf(shut)]).toEqual([401, "link_expired"]);
  });

  it("is shut as soon as the key by which its link was made is revoked, and so is the link; those of other keys are not", async () => {
    const service = await asked();
    const key = await keyFor(service, ["read", "write"]);
    const [{ link, cookie }, other] = [await opened(service, key), await opened(service)];
    expect((await service.get("/api/connections/anna", { cookie })).statusCode).toBe(200);
    good(await service.keys.revoke(key.key.id, 2 as Instant, calm));
    for (const answer of [await service.get("/api/connections/anna", { cookie }), await service.get(link)])
      expect([answer.statusCode, kindOf(answer)]).toEqual([401, "link_expired"]);
    // For half a minute the key itself may still make links; they open nothing.
    const { answer } = await opened(service, key);
    expect(answer.statusCode).toBe(401);
    expect((await service.get("/api/connections/anna", { cookie: other.cookie })).statusCode).toBe(200);
  });

  it("is not opened while the key cannot be looked up, and is afterwards", async () => {
    let isAway = false;
    const service = await asked({
      replace: ({ access }) => ({
        access: { ...access, holdsKey: async (id) => (isAway ? err({ kind: "store_away", reason: "away" }) : access.holdsKey(id)) },
      }),
    });
    const { link, cookie } = await opened(service);
    isAway = true;
    expect((await service.get("/api/connections/anna", { cookie })).statusCode).toBe(503);
    expect((await service.get(link)).statusCode).toBe(503);
    isAway = false;
    expect((await service.get("/api/connections/anna", { cookie })).statusCode).toBe(200);
  });

  it("takes no made-up link, and none of somebody else", async () => {
    const service = await asked();
    const { link } = await opened(service);
    for (const path of [link.replace("anna", "bert"), `${link.slice(0, -1)}`, "/connect/anna/open?pass=1.x"])
      expect((await service.get(path)).json().type).toBe("/problems/link_expired");
    expect((await service.get("/connect/anna/open")).statusCode).toBe(400);
  });

  it("is linked to by whoever may read and write its connections alone", async () => {
    const service = await asked();
    for (const [scopes, subject] of [
      [["read"], null],
      [["write"], null],
      [["read", "write"], "bert"],
    ] as const)
      expect((await service.ask("POST", "/api/connect-links/anna", await keyFor(service, scopes, subject))).statusCode).toBe(403);
  });
});
