import { err, ok } from "neverthrow";
import { z } from "zod";
import { jsonAnswer, NO_CONTENT } from "../answer.ts";
import type { Deadlines } from "../deadlines.ts";
import type { HttpDeps } from "../http-deps.ts";
import { mapAskedError } from "../problem/map-asked-error.ts";
import { NO_PARAMETERS, readNoParameters } from "../schemas/read-query.ts";
import { askedOfConnection, askedOfUser } from "./asked.ts";
import type { Route } from "./route.ts";

type ActionDeps = Pick<HttpDeps, "connections">;

const POLLED = { wanted: jsonAnswer({ status: "wanted" }, 202), recent: jsonAnswer({ status: "recent" }, 202) };

export function pollRoute({ connections }: ActionDeps, deadlines: Deadlines): Route {
  return {
    method: "POST",
    path: "/api/connections/{userId}/{provider}/poll",
    access: "caller_or_page",
    summary: "Poll now",
    description:
      "Does not wait for the next slot. Backoff, and what the provider asked for, still hold, and a source that had a good poll less than a minute ago is not polled again for it.",
    query: NO_PARAMETERS,
    body: null,
    answers: [
      {
        status: 202,
        description: "`wanted`: it is polled as soon as it may be. `recent`: it was, less than a minute ago.",
        content: { "application/json": z.strictObject({ status: z.enum(["wanted", "recent"]) }) },
      },
    ],
    problems: ["invalid_path", "scope_missing", "another_person", "unknown_connection", "not_polled", "store_away", "cross_origin_refused"],
    async answer(request, caller) {
      const asked = askedOfConnection(request, readNoParameters);
      if (asked.isErr()) return err(asked.error);
      const wanted = await connections.pollNow(asked.value.userId, asked.value.provider, deadlines.callBy(caller));
      if (wanted.isErr()) return err(mapAskedError(wanted.error));
      if (wanted.value === null) return err({ kind: "unknown_connection" });
      return wanted.value === "not_asked" ? err({ kind: "not_polled" }) : ok(POLLED[wanted.value]);
    },
  };
}

export function disconnectRoute({ connections }: ActionDeps, deadlines: Deadlines): Route {
  return {
    method: "DELETE",
    path: "/api/connections/{userId}/{provider}",
    access: "caller_or_page",
    summary: "Disconnect",
    description: "Nothing is asked of the provider any more, and the stored credentials are deleted. The readings stay.",
    query: NO_PARAMETERS,
    body: null,
    answers: [{ status: 204, description: "Disconnected.", content: {} }],
    problems: ["invalid_path", "scope_missing", "another_person", "unknown_connection", "store_away", "cross_origin_refused"],
    async answer(request, caller) {
      const asked = askedOfConnection(request, readNoParameters);
      if (asked.isErr()) return err(asked.error);
      const record = await connections.disconnect(asked.value.userId, asked.value.provider, deadlines.callBy(caller));
      if (record.isErr()) return err(mapAskedError(record.error));
      return record.value === null ? err({ kind: "unknown_connection" }) : ok(NO_CONTENT);
    },
  };
}

export function eraseRoute({ connections }: ActionDeps, deadlines: Deadlines): Route {
  return {
    method: "DELETE",
    path: "/api/bg/{userId}",
    access: "caller",
    summary: "Erase a person",
    description: "Readings, credentials and records set aside are deleted for good. When this answers, nobody sees any of it.",
    query: NO_PARAMETERS,
    body: null,
    answers: [{ status: 204, description: "Erased.", content: {} }],
    problems: ["invalid_path", "scope_missing", "another_person", "unknown_user", "store_away", "cross_origin_refused"],
    async answer(request, caller) {
      const asked = askedOfUser(request, readNoParameters);
      if (asked.isErr()) return err(asked.error);
      const erased = await connections.erase(asked.value.userId, deadlines.callBy(caller));
      if (erased.isErr()) return err(mapAskedError(erased.error));
      return erased.value === "erased" ? ok(NO_CONTENT) : err({ kind: "unknown_user" });
    },
  };
}
