import type { Call, Clock, Credentials, Grant, Instant, LoginCapability, ProviderError } from "@bg-ingest/core";
import { err, errAsync, ok, type Result, ResultAsync } from "neverthrow";
import { regionAddress } from "../api/addresses.ts";
import type { LinkUpClient, Session } from "../api/linkup-client.ts";
import { unreadable } from "../api/map-answer.ts";
import { type WireTicket, wireConnections, wireLogin, wireRedirect } from "../api/wire-schema.ts";
import type { LinkUpConfig } from "../config-schema.ts";
import { accountIdOf } from "./account-id.ts";
import { choosePerson } from "./choose-person.ts";
import { type LinkUpCredentials, readCredentials } from "./linkup-credentials.ts";

interface Person {
  readonly email: string;
  readonly password: string;
}

interface OpenedSession extends Session {
  readonly expiresAt: Instant | null;
}

export function createLogin(config: LinkUpConfig, client: LinkUpClient, clock: Pick<Clock, "nowMs">): LoginCapability {
  return {
    fields: [
      { name: "email", label: "E-mail address of the LibreLinkUp account", secret: false },
      { name: "password", label: "Password", secret: true },
      {
        name: "person",
        label: "Whom it is about, if the account follows several people: first and last name as LibreLinkUp shows them",
        secret: false,
        isOptional: true,
      },
    ],
    login(fields, call): ResultAsync<Grant, ProviderError> {
      const person = { email: (fields["email"] ?? "").trim(), password: fields["password"] ?? "" };
      if (person.email === "" || person.password === "") {
        return errAsync({ kind: "reconnect", message: "LibreLinkUp wants both an e-mail address and a password." });
      }
      return openAtHome(config, client, clock, person, call).andThen((session) =>
        client
          .get(session, "/connections", call)
          .andThen(readConnections)
          .andThen((connections) => choosePerson(connections, fields["person"] ?? ""))
          .map((patientId) => ({ credentials: credentialsOf(session, patientId, person), accountId: patientId })),
      );
    },
    renew(credentials, call): ResultAsync<Credentials, ProviderError> {
      return readCredentials(credentials).asyncAndThen((known) =>
        client
          .login(known.baseUrl, known, call)
          .andThen((data) => (wireRedirect.safeParse(data).success ? err(MOVED) : openSession(known.baseUrl, data, clock)))
          .map((session) => credentialsOf(session, known.patientId, known)),
      );
    },
  };
}

const MOVED: ProviderError = { kind: "reconnect", message: "LibreLinkUp has moved the account to another region. Connect again." };

/** Logs in where everybody does and, if the answer names another region, once more there. */
function openAtHome(
  config: LinkUpConfig,
  client: LinkUpClient,
  clock: Pick<Clock, "nowMs">,
  person: Person,
  call: Call,
): ResultAsync<OpenedSession, ProviderError> {
  return client.login(config.apiUrl, person, call).andThen((data) => {
    const redirect = wireRedirect.safeParse(data);
    if (!redirect.success) return openSession(config.apiUrl, data, clock);
    const home = regionAddress(config.regionUrl, redirect.data.region);
    if (home === null) return errAsync(unreadable("it names a region that is none"));
    return client.login(home, person, call).andThen((again) => openSession(home, again, clock));
  });
}

function openSession(baseUrl: string, data: unknown, clock: Pick<Clock, "nowMs">): ResultAsync<OpenedSession, ProviderError> {
  const parsed = wireLogin.safeParse(data);
  if (!parsed.success) return errAsync(unreadable("it is no session"));
  const { user, authTicket } = parsed.data;
  const expiresAt = expiryOf(authTicket, clock.nowMs());
  return ResultAsync.fromSafePromise(accountIdOf(user.id)).map((accountId) => ({ baseUrl, token: authTicket.token, accountId, expiresAt }));
}

function readConnections(data: unknown): Result<ReturnType<typeof wireConnections.parse>, ProviderError> {
  const parsed = wireConnections.safeParse(data ?? []);
  return parsed.success ? ok(parsed.data) : err(unreadable("it is no list of people"));
}

function credentialsOf(
  { baseUrl, token, accountId, expiresAt }: OpenedSession,
  patientId: string,
  { email, password }: Person,
): Credentials {
  const value: LinkUpCredentials = { baseUrl, token, accountId, patientId, email, password };
  return { value, expiresAt };
}

/** A session was never seen to live longer than half a year. */
const LONGEST_LIFE_MS = 400 * 86_400_000;

/** `expires` if it can be one, else `duration` from now, else not told. */
function expiryOf({ expires, duration }: WireTicket, nowMs: number): Instant | null {
  const endsMs = [(expires ?? 0) * 1_000, nowMs + (duration ?? 0)].find((ms) => ms > nowMs && ms <= nowMs + LONGEST_LIFE_MS);
  return endsMs === undefined || endsMs < nowMs + 1_000 ? null : (Math.floor(endsMs / 1_000) as Instant);
}
