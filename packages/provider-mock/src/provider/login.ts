import type { Credentials, Grant, LoginCapability, ProviderError } from "@bg-ingest/core";
import { errAsync, okAsync, type ResultAsync } from "neverthrow";
import type { z } from "zod";
import { readCredentials } from "./mock-credentials.ts";
import { endpoint, expiresIn, type Vendor } from "./vendor.ts";
import { wireKey, wireSession } from "./wire-schema.ts";

/** Without a password the demonstration login is used: it gives a key that never expires. */
export function createLogin(vendor: Vendor): LoginCapability {
  return {
    fields: [
      { name: "user", label: "User name: each name is another person", secret: false },
      { name: "password", label: 'Password: "mock", or empty for a demonstration', secret: true, isOptional: true },
    ],
    login(fields, call): ResultAsync<Grant, ProviderError> {
      const user = (fields["user"] ?? "").trim();
      const password = fields["password"] ?? "";
      if (user === "") return errAsync({ kind: "reconnect", message: "A user name is needed: any will do, each is another person." });
      return password === ""
        ? vendor.client.post(endpoint(vendor, "/v1/demo-login"), { user }, wireKey, call).map(keyGrant)
        : vendor.client
            .post(endpoint(vendor, "/v1/login"), { user, password }, wireSession, call)
            .map((session) => sessionGrant(vendor, session));
    },
    renew(credentials, call) {
      return readCredentials(credentials).asyncAndThen((read): ResultAsync<Credentials, ProviderError> => {
        switch (read.kind) {
          case "key":
            return okAsync(credentials);
          case "session":
            return vendor.client
              .post(endpoint(vendor, "/v1/session/renew"), { renewal_key: read.renewalKey }, wireSession, call)
              .map((session) => sessionGrant(vendor, session).credentials);
          case "oauth":
            return errAsync({ kind: "reconnect", message: "This connection was not made by login. Connect again." });
        }
      });
    },
  };
}

function keyGrant({ accountId, accessKey }: z.output<typeof wireKey>): Grant {
  return { credentials: { value: { kind: "key", accessKey }, expiresAt: null }, accountId: accountId ?? null };
}

function sessionGrant(
  vendor: Vendor,
  { accountId, sessionToken, renewalKey, expiresIn: lifeSeconds }: z.output<typeof wireSession>,
): Grant {
  return {
    credentials: { value: { kind: "session", sessionToken, renewalKey }, expiresAt: expiresIn(vendor, lifeSeconds) },
    accountId: accountId ?? null,
  };
}
