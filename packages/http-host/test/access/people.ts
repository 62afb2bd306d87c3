import { createHash, randomBytes } from "node:crypto";
import type { Instant, LoadedProvider, SourceRecord, UserId } from "@bg-ingest/core";
import { flowCookieHeader } from "../../src/http/consent/flow-cookie.ts";
import { ALLOWING } from "../consent-provider.ts";
import { DIARY } from "../diary-provider.ts";
import { calm, good, NOW, rawAt, type Served } from "../served.ts";

/** Names that are easily taken for each other, each with a glucose value that nobody else has. */
const VALUES = { anna: 211, Anna: 223, "anna.": 227, "anna@bg.example": 229, bert: 233 } as const;
export type Name = keyof typeof VALUES;
export const NAMES = Object.keys(VALUES) as readonly Name[];

/** What a person has and nobody else may see: most of it texts that turn up nowhere by chance. */
export interface Person {
  readonly name: Name;
  readonly mgdl: number;
  readonly account: string;
  readonly password: string;
  readonly device: string;
  readonly sources: readonly string[];
  readonly webhookSecret: string;
  /** The second page of what was set aside begins there. */
  readonly cursor: string;
  /** A consent that waits to be finished. */
  readonly consent: { readonly state: string; readonly browserSecret: string; readonly cookie: string };
}

/** Everything that the stores hold of somebody, read past every use case. */
export interface Kept {
  readonly all: string;
  /** Whether the consent that was begun can be finished still. */
  readonly isConsentWaiting: boolean;
}

export interface People {
  of(name: Name): Person;
  kept(name: Name): Promise<Kept>;
  /** Gives somebody back what a permitted call took away. */
  mend(name: Name): Promise<void>;
}

const ALL_DAYS = { first: 0, last: 100_000 } as Parameters<Served["stores"]["readings"]["days"]>[1];

export async function populate(service: Served): Promise<People> {
  const people = new Map<Name, Person>();
  const delivered = new Map<string, number>();
  const { connections, readings, authorizations } = service.stores;
  service.queue.consume(async ({ userId }) => {
    delivered.set(userId, (delivered.get(userId) ?? 0) + 1);
    return { kind: "done" };
  });

  const recordsOf = async (name: Name): Promise<readonly SourceRecord[]> =>
    good(await connections.recordsOf(name as string as UserId, calm));

  async function connect(name: Name, known: Person | undefined): Promise<void> {
    const account = known?.account ?? mark("account");
    const password = known?.password ?? mark("password");
    const device = known?.device ?? mark("device");
    const diary = service.deps.providers.get(DIARY) as LoadedProvider;
    const connected = good(await service.deps.connections.connect(name as string as UserId, diary, { name: account, password }, calm));
    const mgdl = VALUES[name];
    const isTaken = (seconds: number, value: number) => rawAt(seconds, value, { device, record: { value, seconds, from: device } });
    await service.tell(name, [isTaken(-300, mgdl), isTaken(-600, mgdl), isTaken(-900, 90_000 + mgdl), isTaken(-1_200, 90_000 + mgdl)]);
    const setAside = good(await connections.setAsideOf(connected.record, { limit: 1, after: null }, calm));
    people.set(name, {
      name,
      mgdl,
      account,
      password,
      device,
      sources: [connected.record, ...(await recordsOf(name))].map(({ sourceId }) => sourceId),
      webhookSecret: connected.webhookSecret ?? known?.webhookSecret ?? "",
      cursor: setAside.next ?? "",
      consent: await beginConsent(name),
    });
  }

  async function beginConsent(name: Name): Promise<Person["consent"]> {
    const userId = name as string as UserId;
    const browserSecret = randomBytes(32).toString("base64url");
    const allowing = service.deps.providers.get(ALLOWING) as LoadedProvider;
    const { state } = good(await service.deps.connections.startConsent(userId, allowing, browserSecret, calm));
    const cookie = flowCookieHeader(state, { browserSecret, userId }, false).split(";", 1)[0] as string;
    return { state, browserSecret, cookie };
  }

  for (const name of NAMES) await connect(name, undefined);
  const of = (name: Name): Person => people.get(name) as Person;
  return {
    of,
    async kept(name) {
      const records = await recordsOf(name);
      const state = createHash("sha256").update(of(name).consent.state).digest("hex");
      const days: unknown[] = [];
      for await (const day of readings.days(name as string as UserId, ALL_DAYS, { order: "ascending", consistency: "strong" }, calm))
        days.push(good(day));
      const sources = await Promise.all(
        records.map(async (record) => [
          good(await connections.secretsOf(record, calm)),
          good(await connections.setAsideOf(record, { limit: 100, after: null }, calm)),
        ]),
      );
      const keys = good(await service.keys.list(calm)).filter(({ subject }) => subject === name);
      const unused = keys.map(({ lastUsedAt: _, ...key }) => key);
      const all = { records, sources, days, keys: unused, delivered: delivered.get(name) ?? 0 };
      return {
        all: JSON.stringify(all, (_, value) => (value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value)),
        isConsentWaiting: good(await authorizations.waiting(state, NOW as Instant, calm)) !== null,
      };
    },
    mend: (name) => connect(name, of(name)),
  };
}

function mark(of: string): string {
  return `${of}-${randomBytes(6).toString("hex")}`;
}

/** What tells in an answer that it shows something of a person: readings apart from all the rest. */
export function marksOf({ mgdl, account, password, device, sources, webhookSecret, consent }: Person): {
  readonly texts: readonly string[];
  readonly reading: RegExp;
} {
  const mmol = (mgdl / 18.01559).toFixed(1).replace(".", "\\.");
  return {
    texts: [account, password, device, ...sources, webhookSecret.replace("whsec_", ""), consent.state, consent.browserSecret],
    reading: new RegExp(`(?<![\\w.])((90)?${mgdl}|${mmol})(?![\\w.])`),
  };
}
