import { type CallBy, TRUSTED, type UserId } from "@bg-ingest/core";
import { ok } from "neverthrow";
import type { ConnectionUseCases, HttpDeps } from "../../src/http/http-deps.ts";
import { NAMES } from "./people.ts";

type Replace = (deps: HttpDeps) => Partial<HttpDeps>;

/** `data`: somebody's are shown to or changed by others. `answers`: they are not yet, but what should be refused is done. */
interface Fault {
  readonly found: "data" | "answers";
  readonly replace: Replace;
}

/** As if the use case had forgotten to ask whose call it is. */
const trusting = (call: CallBy): CallBy => ({ ...call, caller: TRUSTED });

function connections(found: Fault["found"], change: (of: ConnectionUseCases) => Partial<ConnectionUseCases>): Fault {
  return { found, replace: ({ connections: real }) => ({ connections: { ...real, ...change(real) } }) };
}

function queries(change: (of: HttpDeps["queries"]) => Partial<HttpDeps["queries"]>): Fault {
  return { found: "data", replace: ({ queries: real }) => ({ queries: { ...real, ...change(real) } }) };
}

function passes(found: Fault["found"], change: (of: HttpDeps["access"]["passes"]) => Partial<HttpDeps["access"]["passes"]>): Fault {
  return { found, replace: ({ access }) => ({ access: { ...access, passes: { ...access.passes, ...change(access.passes) } } }) };
}

/** What a service could get wrong about whose data are whose, each as one change of one of its parts. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  "shows everybody's latest reading": queries((of) => ({ latest: (user, selection, call) => of.latest(user, selection, trusting(call)) })),
  "shows everybody's readings": queries((of) => ({
    range: (user, span, selection, call) => of.range(user, span, selection, trusting(call)),
  })),
  "shows how everybody's connections are": connections("data", (of) => ({
    overview: (user, now, call) => of.overview(user, now, trusting(call)),
  })),
  "shows what was set aside of anybody": connections("data", (of) => ({
    setAside: (user, provider, page, call) => of.setAside(user, provider, page, trusting(call)),
  })),
  "goes on where a cursor began, whosever it is": connections("data", (of) => ({
    async setAside(user, provider, page, call) {
      const own = await of.setAside(user, provider, page, call);
      if (own.isOk() || page.after === null) return own;
      for (const other of NAMES as readonly string[] as readonly UserId[]) {
        const found = await of.setAside(other, provider, page, trusting(call));
        if (found.isOk() && found.value !== null) return found;
      }
      return own;
    },
  })),
  "polls for anybody": connections("answers", (of) => ({ pollNow: (user, provider, call) => of.pollNow(user, provider, trusting(call)) })),
  "connects anybody": connections("data", (of) => ({
    connect: (user, provider, fields, call) => of.connect(user, provider, fields, trusting(call)),
  })),
  "begins a consent of anybody": connections("answers", (of) => ({
    startConsent: (user, provider, secret, call) => of.startConsent(user, provider, secret, trusting(call)),
  })),
  "disconnects anybody": connections("data", (of) => ({
    disconnect: (user, provider, call) => of.disconnect(user, provider, trusting(call)),
  })),
  "erases anybody": connections("data", (of) => ({ erase: (user, call) => of.erase(user, trusting(call)) })),
  "finishes a consent in any browser": {
    found: "data",
    replace: ({ connections: of }) => {
      const secrets = new Map<string, string>();
      return {
        connections: {
          ...of,
          async startConsent(user, provider, secret, call) {
            const started = await of.startConsent(user, provider, secret, call);
            if (started.isOk()) secrets.set(started.value.state, secret);
            return started;
          },
          finishConsent: (provider, callback, call) => {
            const known = secrets.get(callback.callbackUrl.searchParams.get("state") ?? "");
            return of.finishConsent(provider, { ...callback, browserSecret: known ?? callback.browserSecret }, call);
          },
        },
      };
    },
  },
  "takes a delivery for whoever signed it, whatever the path says": {
    found: "data",
    replace: ({ receiveDelivery }) => ({
      async receiveDelivery(user, provider, request, call) {
        const own = await receiveDelivery(user, provider, request, call);
        for (const other of own.isOk() ? [] : (NAMES as readonly string[] as readonly UserId[])) {
          const received = await receiveDelivery(other, provider, request, call);
          if (received.isOk()) return received;
        }
        return own;
      },
    }),
  },
  "opens everybody's page with anybody's link": passes("answers", (of) => ({
    forBrowser(link, user) {
      const isGood = (NAMES as readonly string[] as readonly UserId[]).some((name) => of.forBrowser(link, name) !== null);
      const own = of.forLink(TRUSTED, user);
      return isGood && own.isOk() ? of.forBrowser(own.value.text, user) : null;
    },
  })),
  "takes one page's cookie for all pages": passes("data", (of) => ({
    callerWith: (pass, user) =>
      (NAMES as readonly string[] as readonly UserId[]).some((name) => of.callerWith(pass, name) !== null)
        ? { subject: user, scopes: new Set(["read", "write"]), isPage: true }
        : null,
  })),
  "has a page's cookie show readings": passes("data", (of) => ({
    callerWith(pass, user) {
      const caller = of.callerWith(pass, user);
      return caller === null ? null : { subject: caller.subject, scopes: caller.scopes };
    },
  })),
  "makes links for whoever asks": passes("answers", (of) => ({ forLink: (_, user) => of.forLink(TRUSTED, user) })),
  "asks nobody who shows no credentials": {
    found: "data",
    replace: ({ access }) => ({
      access: {
        ...access,
        authenticate: (header) => (header === undefined ? ok(TRUSTED) : (access.authenticate?.(header) ?? ok(TRUSTED))),
      },
    }),
  },
  "tells the metrics of people": {
    found: "data",
    replace: (deps) => ({
      options: { ...deps.options, host: "127.0.0.1", metricsToken: null },
      metrics: {
        ...deps.metrics,
        async text() {
          const overview = await deps.connections.overview("anna" as UserId, 0 as never, {
            signal: AbortSignal.timeout(5_000),
            caller: TRUSTED,
          });
          return `bg_source{id="${overview.isOk() ? overview.value[0]?.record.sourceId : ""}"} 1`;
        },
      },
    }),
  },
};
