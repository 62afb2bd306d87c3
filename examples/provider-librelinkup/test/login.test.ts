import assert from "node:assert/strict";
import { it } from "node:test";
import type { ProviderError } from "@bg-ingest/core";
import { createManualTime } from "@bg-ingest/core/testing";
import { type Account, html, json } from "../stub/stub-linkup.ts";
import { FOLLOWER, WEARER } from "../stub/town.ts";
import { beforeAnswer, beforeStub, CONFIG, call, createLinkUp, fieldsOf, NOW, pollOnce, someCredentials } from "./setup.ts";

const BEN = { ...WEARER, patientId: "9b2d5a10-6f0a-11ee-b962-0242ac120002", firstName: "Ben", lastName: "Ó Briain" };
const ANOTHER_ASHA = { ...WEARER, patientId: "c5a0f6d2-6f0a-11ee-b962-0242ac120002" };
const following = (...follows: Account["follows"]): Account => ({ ...FOLLOWER, follows });

it("the region that the answer names is kept with the connection", async () => {
  const { linkUp, stub } = beforeStub();
  const grant = (await linkUp.login.login(fieldsOf(FOLLOWER), call))._unsafeUnwrap();
  assert.equal((grant.credentials.value as { readonly baseUrl: string }).baseUrl, "http://127.0.0.1/eu2");
  assert.equal(grant.accountId, WEARER.patientId);
  assert.equal(stub.logins(), 2);
  // Other settings by now: the connection is renewed where it was made.
  const elsewhere = beforeStub([FOLLOWER], { apiUrl: "http://127.0.0.1/nowhere", regionUrl: "http://127.0.0.1/nowhere/{region}" });
  assert.ok((await elsewhere.linkUp.login.renew(grant.credentials, call)).isOk());
});

it("a redirect to what is no region is followed by no password", async () => {
  for (const region of ["evil.example/", "eu.evil.example#", "../..", "", "de@evil"]) {
    const urls: string[] = [];
    const asked: typeof fetch = async (url) => {
      urls.push(String(url));
      return json({ status: 0, data: { redirect: true, region } });
    };
    const linkUp = createLinkUp(asked, createManualTime(NOW * 1_000));
    const answer = await linkUp.login.login(fieldsOf(FOLLOWER), call);
    assert.equal(answer._unsafeUnwrapErr().kind, "stop", region);
    assert.deepEqual(urls, [`${CONFIG.apiUrl}/llu/auth/login`]);
  }
});

it("a session that is not known to end expires when it is told to, in whichever unit", async () => {
  const { linkUp } = beforeStub();
  const grant = (await linkUp.login.login(fieldsOf(FOLLOWER), call))._unsafeUnwrap();
  assert.equal(grant.credentials.expiresAt, NOW + 15_552_000);
  const tickets = [
    [{ token: "t", expires: NOW + 600, duration: 1 }, NOW + 600],
    [{ token: "t", duration: 3_600_000 }, NOW + 3_600],
    [{ token: "t", expires: 0, duration: 3_600_000 }, NOW + 3_600],
    [{ token: "t", expires: NOW * 1_000 }, null],
    [{ token: "t", expires: "soon" }, null],
  ] as const;
  for (const [authTicket, expiresAt] of tickets) {
    const renewed = await beforeAnswer(() => json({ status: 0, data: { user: { id: "u" }, authTicket } })).login.renew(
      someCredentials,
      call,
    );
    assert.equal(renewed._unsafeUnwrap().expiresAt, expiresAt, JSON.stringify(authTicket));
  }
});

it("of several people the one who is named is taken, and nobody by guessing", async () => {
  const { linkUp } = beforeStub([following(WEARER, BEN, ANOTHER_ASHA)]);
  const ask = (person: string) => linkUp.login.login({ ...fieldsOf(FOLLOWER), person }, call);
  assert.equal((await ask("  ben  o\u0301 BRIAIN ".normalize("NFD")))._unsafeUnwrap().accountId, BEN.patientId);
  assert.equal((await ask(ANOTHER_ASHA.patientId))._unsafeUnwrap().accountId, ANOTHER_ASHA.patientId);
  for (const [person, said] of [
    ["", "3 people"],
    ["Asha Gurung", "2 people of that name"],
    ["Carla", "None of the 3"],
  ] as const) {
    const refused = (await ask(person))._unsafeUnwrapErr();
    assert.equal(refused.kind, "reconnect");
    assert.ok(refused.message.includes(said), refused.message);
    // Who else is followed is nobody's business.
    assert.ok(!/Ben|Briain|Gurung/.test(refused.message));
  }
});

it("an account that follows nobody says what to do", async () => {
  const { linkUp } = beforeStub([following()]);
  const refused = (await linkUp.login.login(fieldsOf(FOLLOWER), call))._unsafeUnwrapErr();
  assert.equal(refused.kind, "reconnect");
  assert.match(refused.message, /follows nobody/);
});

it("what the person has to agree to first is named", async () => {
  for (const [step, said] of [
    ["tou", "terms of use"],
    ["pp", "privacy policy"],
    ["verifyEmail", "e-mail address"],
    ["new", "do what it asks"],
  ]) {
    const { linkUp, stub } = beforeStub();
    stub.switches.step = step ?? null;
    const refused = (await linkUp.login.login(fieldsOf(FOLLOWER), call))._unsafeUnwrapErr();
    assert.equal(refused.kind, "reconnect");
    assert.ok(refused.message.includes(said ?? ""), refused.message);
  }
});

it("wrong passwords are reconnect until the account is locked, then retry after the lock-out", async () => {
  const { linkUp, time } = beforeStub();
  const wrong = { ...fieldsOf(FOLLOWER), password: "wrong" };
  const kinds: ProviderError[] = [];
  for (let n = 0; n < 3; n++) kinds.push((await linkUp.login.login(wrong, call))._unsafeUnwrapErr());
  assert.deepEqual(
    kinds.map(({ kind }) => kind),
    ["reconnect", "reconnect", "retry"],
  );
  const locked = (await linkUp.login.login(fieldsOf(FOLLOWER), call))._unsafeUnwrapErr();
  assert.ok(locked.kind === "retry" && locked.retryAfterMs === 300_000);
  time.pass(300_000);
  assert.ok((await linkUp.login.login(fieldsOf(FOLLOWER), call)).isOk());
});

it("a session that has ended is renewed by itself, and the person is the same", async () => {
  const { linkUp, time, stub } = beforeStub([following(WEARER, BEN)]);
  const { credentials, accountId } = (await linkUp.login.login({ ...fieldsOf(FOLLOWER), person: "Ben Ó Briain" }, call))._unsafeUnwrap();
  time.pass(15_552_000_000);
  assert.equal((await pollOnce(linkUp, credentials))._unsafeUnwrapErr().kind, "reconnect");
  const before = stub.logins();
  const renewed = (await linkUp.login.renew(credentials, call))._unsafeUnwrap();
  assert.equal(stub.logins() - before, 1);
  assert.equal((await pollOnce(linkUp, renewed))._unsafeUnwrap().accountId, accountId);
});

it("an account that has moved connects again", async () => {
  const renewed = await beforeAnswer(() => json({ status: 0, data: { redirect: true, region: "fr" } })).login.renew(someCredentials, call);
  assert.equal(renewed._unsafeUnwrapErr().kind, "reconnect");
});

it("a renewal is given up only for what the login itself says", async () => {
  const answers = [
    [() => json({ status: 2, error: { message: "notAuthenticated" } }), "reconnect"],
    [() => json({ status: 99 }), "reconnect"],
    [() => json({}, 401), "reconnect"],
    [() => html(403), "retry"],
    [() => html(404), "retry"],
    [() => html(476), "retry"],
    [() => html(200), "retry"],
    [() => html(502), "retry"],
    [() => json({ status: 911 }), "retry"],
    [() => json({ status: 430 }), "retry"],
    [() => new Response(null, { status: 302, headers: { location: "https://evil.example" } }), "retry"],
  ] as const;
  for (const [answer, kind] of answers) {
    const said = (await beforeAnswer(answer).login.renew(someCredentials, call))._unsafeUnwrapErr();
    assert.equal(said.kind, kind, `${await answer().text()}: ${said.message}`);
  }
});

it("a version that is too old says which one is wanted, and ends nothing", async () => {
  const { linkUp } = beforeStub([FOLLOWER], { appVersion: "4.9.0" });
  const refused = (await linkUp.login.login(fieldsOf(FOLLOWER), call))._unsafeUnwrapErr();
  assert.equal(refused.kind, "retry");
  assert.match(refused.message, /LIBRELINKUP_APP_VERSION.*4\.16\.0/);
});
