import { type Caller, type Clock, isScope, type Scope } from "@bg-ingest/core";
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from "jose";
import { err, ok, type Result, ResultAsync } from "neverthrow";

export interface TokenSettings {
  /** As it stands in `iss`, letter by letter. */
  readonly issuer: string;
  readonly audience: string;
  /** Where the issuer's keys are; `null`: where its discovery document says. */
  readonly jwksUrl: URL | null;
  /** Those of public keys alone: with a shared secret whoever may check a token can make one. */
  readonly algorithms: readonly string[];
  readonly clockToleranceSeconds: number;
  /** The claim that names the person. */
  readonly subjectClaim: string;
}

/** `invalid`: the token is not one that this service takes; why, for whoever sent it. `away`: the issuer's keys cannot be had, so nobody can tell. */
type TokenRefused = { readonly kind: "invalid"; readonly message: string } | { readonly kind: "away"; readonly message: string };

interface VerifiedToken {
  readonly caller: Caller;
  /** From then on it is no longer taken, in milliseconds since the epoch. */
  readonly untilMs: number;
}

export type VerifyToken = (token: string) => Promise<Result<VerifiedToken, TokenRefused>>;

const ANSWER_WITHIN_MS = 5_000;
/** A key that the issuer took away is no longer taken after so long. */
const KEYS_HOLD_MS = 600_000;
/** A key that is not known is looked for at most so often, whatever tokens are made up. */
const LOOK_AGAIN_MS = 30_000;

/** Checks tokens of one issuer (JWT, RFC 7519), by the keys that it publishes. `lookAgainMs` is another for tests alone. */
export function createTokenVerifier(settings: TokenSettings, clock: Pick<Clock, "nowMs">, lookAgainMs = LOOK_AGAIN_MS): VerifyToken {
  const keysOf = createIssuerKeys(settings, lookAgainMs);
  return async (token) => {
    const verified = await ResultAsync.fromPromise(
      jwtVerify(token, async (header, input) => (await keysOf())(header, input), {
        issuer: settings.issuer,
        audience: settings.audience,
        algorithms: [...settings.algorithms],
        clockTolerance: settings.clockToleranceSeconds,
        currentDate: new Date(clock.nowMs()),
        requiredClaims: ["exp", settings.subjectClaim],
      }),
      refusalOf,
    );
    return verified.andThen(({ payload }) => callerIn(payload, settings));
  };
}

function callerIn(payload: JWTPayload, { subjectClaim, clockToleranceSeconds }: TokenSettings): Result<VerifiedToken, TokenRefused> {
  const subject = payload[subjectClaim];
  if (typeof subject !== "string" || subject === "") return err(invalid(`its claim ${subjectClaim} is no text`));
  const scopes = new Set<Scope>(scopeTexts(payload).filter(isScope));
  // bug if there is no `exp`: it is among the required claims
  return ok({ caller: { subject, scopes }, untilMs: ((payload.exp as number) + clockToleranceSeconds) * 1000 });
}

/** `scope` is one text (RFC 8693, 4.2); some issuers have `scp`, a text or a list. */
function scopeTexts({ scope, scp }: JWTPayload): readonly string[] {
  return [scope, scp].flat().flatMap((each) => (typeof each === "string" ? each.split(" ") : []));
}

type IssuerKeys = ReturnType<typeof createRemoteJWKSet>;

/** Where the keys are is looked for until it is found, once at a time. */
function createIssuerKeys({ issuer, jwksUrl }: TokenSettings, cooldownDuration: number): () => Promise<IssuerKeys> {
  const options = { timeoutDuration: ANSWER_WITHIN_MS, cacheMaxAge: KEYS_HOLD_MS, cooldownDuration };
  let keys = jwksUrl === null ? null : Promise.resolve(createRemoteJWKSet(jwksUrl, options));
  return () => {
    keys ??= discover(issuer).then(
      (url) => createRemoteJWKSet(url, options),
      (cause: unknown) => {
        keys = null;
        throw cause;
      },
    );
    return keys;
  };
}

/** OpenID Connect Discovery 1.0, 4: the document has to name the very issuer that was asked for. */
async function discover(issuer: string): Promise<URL> {
  const place = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const answer = await fetch(place, { redirect: "error", signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  if (answer.status !== 200) throw new Error(`the discovery document of the issuer was answered with ${answer.status}`);
  const document = (await answer.json()) as { readonly issuer?: unknown; readonly jwks_uri?: unknown };
  if (document.issuer !== issuer) throw new Error("the discovery document names another issuer than AUTH_ISSUER");
  const url = typeof document.jwks_uri === "string" && URL.canParse(document.jwks_uri) ? new URL(document.jwks_uri) : null;
  if (url === null || (url.protocol !== "https:" && !issuer.startsWith("http:")))
    throw new Error("the discovery document names no https address of keys");
  return url;
}

/** What is wrong with the token is told by these; whatever else fails is no fault of the token. */
function refusalOf(cause: unknown): TokenRefused {
  if (cause instanceof errors.JWTExpired) return invalid("it has expired");
  if (cause instanceof errors.JWTClaimValidationFailed)
    return invalid(`its claim ${cause.claim} is missing, or not what this service takes`);
  if (cause instanceof errors.JOSEAlgNotAllowed) return invalid("it is signed by an algorithm that this service does not take");
  if (cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWKSMultipleMatchingKeys)
    return invalid("it does not name one of the issuer's keys");
  if (cause instanceof errors.JWSSignatureVerificationFailed) return invalid("its signature is wrong");
  if (TOKEN_FAULTS.some((fault) => cause instanceof fault)) return invalid("it is no signed token (JWT)");
  return { kind: "away", message: cause instanceof Error ? `${cause.name}: ${cause.message}` : "The keys of the issuer cannot be had." };
}

const TOKEN_FAULTS = [errors.JWTInvalid, errors.JWSInvalid, errors.JOSENotSupported, errors.JWKInvalid];

function invalid(message: string): TokenRefused {
  return { kind: "invalid", message };
}
