import { createManualTime } from "@bg-ingest/core/testing";
import { generateKeyPair, UnsecuredJWT } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import { AUDIENCE, startIssuer, type TestIssuer } from "../../test/issuer.ts";
import { createTokenVerifier, type TokenSettings, type VerifyToken } from "./token-verifier.ts";

const NOW = 1_745_677_800;

let issuer: TestIssuer;
let verify: VerifyToken;

function verifier(change: Partial<TokenSettings> = {}, lookAgainMs?: number): VerifyToken {
  const settings: TokenSettings = {
    issuer: issuer.issuer,
    audience: AUDIENCE,
    jwksUrl: issuer.jwksUrl,
    algorithms: ["ES256", "RS256"],
    clockToleranceSeconds: 30,
    subjectClaim: "sub",
    ...change,
  };
  return createTokenVerifier(settings, createManualTime(NOW * 1000), lookAgainMs);
}

const refusalOf = async (token: string, by = verify) => (await by(token))._unsafeUnwrapErr();

beforeEach(async () => {
  issuer = await startIssuer(NOW);
  verify = verifier();
});

describe("a token", () => {
  it("says who calls and what may be done, until it expires", async () => {
    const { caller, untilMs } = (await verify(await issuer.token({ scope: "read openid write" })))._unsafeUnwrap();
    expect(caller).toEqual({ subject: "anna", scopes: new Set(["read", "write"]) });
    expect(untilMs).toBe((NOW + 3_630) * 1000);
  });

  it.each([
    [{ scope: undefined, scp: ["read", "admin"] }, ["read", "admin"]],
    [{ scope: undefined, scp: "write" }, ["write"]],
    [{ scope: undefined }, []],
    [{ scope: "READ Admin *" }, []],
    [{ scope: { read: true } as never }, []],
  ])("with %j has the scopes %j", async (claims, scopes) => {
    expect((await verify(await issuer.token(claims)))._unsafeUnwrap().caller.scopes).toEqual(new Set(scopes));
  });

  it("may name the person in another claim, if the settings say so", async () => {
    const byName = verifier({ subjectClaim: "user" });
    expect((await byName(await issuer.token({ user: "bert" })))._unsafeUnwrap().caller.subject).toBe("bert");
    for (const user of [undefined, "", 7, ["bert"], null])
      expect((await refusalOf(await issuer.token({ user } as never), byName)).kind).toBe("invalid");
  });

  it("of an issuer whose keys are found by its discovery document is taken as well", async () => {
    expect((await verifier({ jwksUrl: null })(await issuer.token())).isOk()).toBe(true);
  });

  it("within the tolerance of the clocks is taken, and beyond it is not", async () => {
    expect((await verify(await issuer.token({ exp: NOW - 29 }))).isOk()).toBe(true);
    expect((await verify(await issuer.token({ nbf: NOW + 29 }))).isOk()).toBe(true);
    expect((await refusalOf(await issuer.token({ exp: NOW - 31 }))).message).toBe("it has expired");
    expect((await refusalOf(await issuer.token({ nbf: NOW + 31 }))).kind).toBe("invalid");
  });

  it.each([
    ["of another issuer", { iss: "https://elsewhere.example" }],
    ["without an issuer", { iss: undefined }],
    ["for another service", { aud: "another" }],
    ["for nobody", { aud: undefined }],
    ["that never expires", { exp: undefined }],
    ["of nobody", { sub: undefined }],
  ])("%s is refused", async (_, claims) => {
    expect((await refusalOf(await issuer.token(claims as never))).kind).toBe("invalid");
  });

  it("signed by somebody else, by a shared secret, by none or by an algorithm that is not taken is refused", async () => {
    const stranger = (await generateKeyPair("ES256")).privateKey;
    const other = (await generateKeyPair("ES384")).privateKey;
    const forged = [
      await issuer.token({}, {}, stranger),
      await issuer.token({}, { kid: "unknown" }),
      await issuer.token({}, { alg: "HS256" }, new TextEncoder().encode(await (await fetch(issuer.jwksUrl)).text())),
      await issuer.token({}, { alg: "ES384" }, other),
      new UnsecuredJWT({ sub: "anna", scope: "admin" })
        .setIssuer(issuer.issuer)
        .setAudience(AUDIENCE)
        .setExpirationTime(NOW + 60)
        .encode(),
    ];
    for (const token of forged) expect((await refusalOf(token)).kind).toBe("invalid");
  });

  it("that was changed is refused, wherever it was", async () => {
    const [header = "", payload = "", signature = ""] = (await issuer.token({ scope: "read" })).split(".");
    const admin = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(payload, "base64url").toString()), scope: "admin" })).toString(
      "base64url",
    );
    for (const token of [
      `${header}.${admin}.${signature}`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      "a.b.c",
      "",
      "...",
      `${header}.${payload}.${signature}.x`,
    ])
      expect([token.length, (await refusalOf(token)).kind]).toEqual([token.length, "invalid"]);
  });
});

describe("the keys of the issuer", () => {
  it("are looked for again when a token names one that is not known", async () => {
    verify = verifier({}, 0);
    const before = await issuer.token();
    expect((await verify(before)).isOk()).toBe(true);
    await issuer.rotate();
    expect((await verify(await issuer.token())).isOk()).toBe(true);
    expect((await refusalOf(before)).kind).toBe("invalid");
  });

  it("are not asked for again and again by whoever makes up names of keys", async () => {
    expect((await verify(await issuer.token())).isOk()).toBe(true);
    for (let n = 0; n < 20; n++) await refusalOf(await issuer.token({}, { kid: `made-up-${n}` }));
    expect(issuer.mood.asked).toBe(1);
  });

  it.each(["away", "broken"] as const)("that are %s let nobody in, and refuse nobody for good", async (mood) => {
    for (const jwksUrl of [issuer.jwksUrl, null]) {
      verify = verifier({ jwksUrl });
      issuer.mood.now = mood;
      expect((await refusalOf(await issuer.token({ scope: "admin" }))).kind).toBe("away");
      issuer.mood.now = "well";
      expect((await verify(await issuer.token())).isOk()).toBe(true);
    }
  });

  it("of an issuer that names itself otherwise are not taken", async () => {
    const other = verifier({ jwksUrl: null, issuer: `${issuer.issuer}/` });
    expect((await refusalOf(await issuer.token({ iss: `${issuer.issuer}/` }), other)).kind).toBe("away");
  });
});
