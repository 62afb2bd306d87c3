import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Day, Instant, ProviderName, SourceId, SourceKey, UserId } from "@bg-ingest/core";
import { createManualTime } from "@bg-ingest/core/testing";
import { describe, expect, it } from "vitest";
import { openSqliteStore, openSqliteStoreReadOnly, STORE_FILE_NAME } from "../src/index.ts";
import { checkUpToDate, latestOf, layoutOf, migrate } from "../src/layout.ts";
import { type Migration, migrations } from "../src/migrations.ts";
import { ascending, calm, deliveryOf, everything, keyOf, must, putOf, userOf } from "./samples.ts";
import { openIn, temporaryDir } from "./temporary-store.ts";

const goldenOf = (layout: number) => readFileSync(new URL(`fixtures/layout-${layout}.sql`, import.meta.url), "utf8");
const golden = goldenOf(1);
const anna: SourceKey = { userId: "anna" as UserId, sourceId: "annacgm00001" as SourceId };

function fileWith(sql: string): { readonly dataDir: string; readonly file: string } {
  const dataDir = temporaryDir();
  const file = join(dataDir, STORE_FILE_NAME);
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
  return { dataDir, file };
}

/** Writes nonsense over the nth page of days. */
function tearPage(file: string, nth: number): void {
  const database = new DatabaseSync(file);
  const leaf = database
    .prepare("SELECT pageno FROM dbstat WHERE name = 'days' AND pagetype = 'leaf' ORDER BY path LIMIT 1 OFFSET ?")
    .get(nth);
  const { page_size: size } = database.prepare("PRAGMA page_size").get() as { readonly page_size: number };
  database.close();
  const start = (Number(leaf?.["pageno"]) - 1) * size;
  writeFileSync(file, readFileSync(file).fill(0xff, start, start + size));
}

function schemaOf(database: DatabaseSync): readonly unknown[] {
  const rows = database.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name").all();
  return rows.map((row) => ({
    ...row,
    sql: String(row["sql"])
      .replace(/\s+/g, " ")
      .replace(/ ?([(),]) ?/g, "$1"),
  }));
}

const claim = { holder: "a-replica", at: 1_745_000_400 };
const claims = [null, null, null, claim, claim, claim];

describe.each([1, 2, 3, 4, 5])("a file of layout %i", (layout) => {
  it("is read by this version, all of it", async () => {
    const { dataDir } = fileWith(goldenOf(layout));
    const store = openIn(dataDir, { time: createManualTime(1_745_000_500_000) });
    const days: unknown[] = [];
    for await (const day of store.readings.days(anna.userId, everything, ascending, calm)) days.push(day._unsafeUnwrap());
    expect(days).toEqual([
      { ...anna, day: -1, version: 1, bytes: new Uint8Array(0) },
      { ...anna, day: 20_196, version: 3, bytes: Uint8Array.of(0x00, 0xff, 0x10) },
    ]);
    const bert = { userId: "bert" as UserId, sourceId: "bertscgm0001" as SourceId, day: 20_196 as Day };
    expect((await store.readings.getDays([bert], calm))._unsafeUnwrap()).toEqual([{ ...bert, version: 7, bytes: Uint8Array.of(0x0b) }]);

    expect((await store.connections.recordsOf(anna.userId, calm))._unsafeUnwrap()).toMatchObject([{ ...anna, version: 5 }]);
    const scheduled: unknown[] = [];
    for await (const entry of store.connections.schedule(83, calm)) scheduled.push(entry._unsafeUnwrap());
    expect(scheduled).toEqual([{ ...anna, provider: "mock", phase: "connected", phaseSince: 1_745_000_100 }]);
    expect((await store.connections.secretsOf(anna, calm))._unsafeUnwrap()).toEqual({
      version: 2,
      claim: claims[layout],
      sealed: Uint8Array.of(0x5e, 0xa1, 0xed),
    });
    expect((await store.connections.setAsideOf(anna, { limit: 9, after: null }, calm))._unsafeUnwrap().records).toEqual([
      { key: "digest-1", reason: "glucose_out_of_range", detail: "too much", at: null, record: '{"mgdl":9000}', setAsideAt: 1_745_000_200 },
    ]);

    expect((await store.queue.depth(calm))._unsafeUnwrap()).toEqual({ waiting: 1, setApart: 1 });
    expect((await store.queue.enqueue({ ...deliveryOf("msg_0"), ...anna }, calm))._unsafeUnwrap()).toBe("known");
    const first = await new Promise((resolve) => {
      store.queue.consume(async (delivery) => {
        resolve(delivery);
        return { kind: "done" };
      });
    });
    const body = new TextEncoder().encode("{}");
    expect(first).toEqual({ ...anna, id: "msg_1", provider: "mock" as ProviderName, signedAt: 1_745_000_300, body });
    await store.close();
  });

  it("gives no key again that was in use, to whatever it belonged", async () => {
    const { dataDir, file } = fileWith(`${goldenOf(layout)}; INSERT INTO days VALUES (${9 * 2 ** 17 + 5}, 1, X'0C')`);
    const store = openIn(dataDir);
    await must(store.readings.putDays([putOf(keyOf(1, 1))], calm));
    await store.close();
    const database = new DatabaseSync(file, { readOnly: true });
    const keys = database.prepare("SELECT key, user FROM source_keys ORDER BY key").all();
    database.close();
    const first = layout < 5 ? 10 : 4;
    expect(keys.map(({ key, user }) => [key, user])).toEqual([
      [1, "anna"],
      [2, "bert"],
      [first, userOf(1)],
    ]);
  });

  it("becomes, step by step, what a new file is", () => {
    const [old, fresh] = [new DatabaseSync(":memory:"), new DatabaseSync(":memory:")];
    old.exec(goldenOf(layout));
    migrate(old, layout, migrations);
    migrate(fresh, 0, migrations);
    expect(schemaOf(old)).toEqual(schemaOf(fresh));
  });
});

it("a file of layout 3 brings what was begun and not finished", async () => {
  const store = openIn(fileWith(goldenOf(3)).dataDir);
  const taken = await must(store.authorizations.take("state-digest", 1_745_000_599 as Instant, calm));
  expect(taken).toEqual({
    ...anna,
    stateDigest: "state-digest",
    browserDigest: "browser-digest",
    provider: "mock",
    begunAt: 1_745_000_000,
    expiresAt: 1_745_000_600,
  });
  await store.close();
});

it("a file of layout 3 loses the bodies of deliveries that hold somebody else's readings, and no other", async () => {
  const foreign = `INSERT INTO deliveries VALUES
    (3, 'annacgm00001', 'msg_3', 'anna', 'mock', 1745000302, CAST('<of bert>' AS BLOB), NULL, NULL, 1745000400000, 'delivery_of_another_account')`;
  const { dataDir, file } = fileWith(`${goldenOf(3)}; ${foreign}`);
  expect(readFileSync(file).includes("<of bert>")).toBe(true);
  await openIn(dataDir).close();
  expect(readFileSync(file).includes("<of bert>")).toBe(false);
  const database = new DatabaseSync(file, { readOnly: true });
  const letters = database.prepare("SELECT id, set_apart_reason AS reason, length(body) AS bytes FROM deliveries WHERE position > 1").all();
  database.close();
  expect(letters.map((letter) => ({ ...letter }))).toEqual([
    { id: "msg_2", reason: "not JSON", bytes: 1 },
    { id: "msg_3", reason: "delivery_of_another_account", bytes: 0 },
  ]);
});

it("there is a file of every layout", () => {
  expect(migrations.map(({ version }) => goldenOf(version).includes(`PRAGMA user_version = ${version};`))).not.toContain(false);
});

describe("a file that is not for this version", () => {
  it("written by a newer one is left as it is, and both versions are named", () => {
    const { dataDir, file } = fileWith(`${golden}; PRAGMA user_version = 7`);
    const before = readFileSync(file);
    for (const open of [openSqliteStore, openSqliteStoreReadOnly]) {
      const refused = open({ dataDir })._unsafeUnwrapErr();
      expect(refused.kind).toBe("newer");
      expect(refused.message).toContain(`layout 7, and this version knows layouts up to ${latestOf(migrations)}`);
    }
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it("of another program is left as it is", () => {
    for (const sql of ["CREATE TABLE theirs (n)", "PRAGMA application_id = 77", "PRAGMA user_version = 1"]) {
      const { dataDir, file } = fileWith(sql);
      const before = readFileSync(file);
      for (const open of [openSqliteStore, openSqliteStoreReadOnly]) expect(open({ dataDir })._unsafeUnwrapErr().kind).toBe("not_ours");
      expect(readFileSync(file).equals(before)).toBe(true);
    }
  });

  it("that is no SQLite file is left as it is", () => {
    const file = join(temporaryDir(), "notes.txt");
    writeFileSync(file, "Dear diary, ".repeat(1_000));
    for (const open of [openSqliteStore, openSqliteStoreReadOnly]) {
      const refused = open({ file })._unsafeUnwrapErr();
      expect([refused.kind, refused.message]).toEqual(["not_ours", expect.stringContaining(`${file} is not a SQLite file`)]);
    }
    expect(readFileSync(file, "utf8")).toBe("Dear diary, ".repeat(1_000));
  });

  it("is refused to a reader where it is missing, empty or of an older version", () => {
    const dataDir = temporaryDir();
    expect(openSqliteStoreReadOnly({ dataDir })._unsafeUnwrapErr().kind).toBe("absent");
    writeFileSync(join(dataDir, STORE_FILE_NAME), "");
    expect(openSqliteStoreReadOnly({ dataDir })._unsafeUnwrapErr().kind).toBe("absent");
    const refused = checkUpToDate(3, "/data/bg-ingest.sqlite", 5)._unsafeUnwrapErr();
    expect(refused).toMatchObject({ kind: "older", message: expect.stringContaining("layout 3, and this version reads layout 5") });
  });

  it("that lost a table is refused, and the store is free for the next one", async () => {
    const { dataDir, file } = fileWith(`${golden}; DROP TABLE secrets`);
    expect(openSqliteStore({ dataDir })._unsafeUnwrapErr()).toMatchObject({
      kind: "unavailable",
      message: expect.stringContaining("secrets"),
    });
    const database = new DatabaseSync(file);
    database.exec("CREATE TABLE secrets (source INTEGER PRIMARY KEY, version INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT");
    database.close();
    await openIn(dataDir).close();
  });
});

describe("a migration", () => {
  const steps: readonly Migration[] = [
    { version: 1, sql: "CREATE TABLE a (n INTEGER); INSERT INTO a VALUES (1)" },
    { version: 2, sql: "ALTER TABLE a ADD COLUMN m INTEGER; UPDATE a SET m = 2 * n" },
    { version: 3, sql: "CREATE TABLE b AS SELECT n + m AS sum FROM a" },
  ];

  it("leads from any version to the latest", () => {
    for (const from of [0, 1, 2, 3]) {
      const database = new DatabaseSync(":memory:");
      migrate(database, 0, steps.slice(0, from));
      expect(layoutOf(database, "", 3)._unsafeUnwrap()).toBe(from);
      migrate(database, from, steps);
      expect(layoutOf(database, "", 3)._unsafeUnwrap()).toBe(3);
      expect(database.prepare("SELECT sum FROM b").get()?.["sum"]).toBe(3);
    }
  });

  it("that fails leaves the file at the step before it, whole", () => {
    const { file } = fileWith("PRAGMA journal_mode = WAL");
    const database = new DatabaseSync(file);
    const broken = { version: 3, sql: "CREATE TABLE b (n); INSERT INTO nowhere VALUES (1)" };
    expect(() => migrate(database, 0, [...steps.slice(0, 2), broken])).toThrow("nowhere");
    database.close();
    const later = new DatabaseSync(file);
    expect(layoutOf(later, file, 3)._unsafeUnwrap()).toBe(2);
    migrate(later, 2, steps);
    expect(later.prepare("SELECT sum FROM b").get()?.["sum"]).toBe(3);
    later.close();
  });
});

describe("a damaged file", () => {
  it("answers stop for what cannot be read, in the middle of a stream too, and serves the rest", async () => {
    const dataDir = temporaryDir();
    const store = openIn(dataDir);
    for (const n of [1, 2])
      await must(
        store.readings.putDays(
          Array.from({ length: 300 }, (_, day) => putOf(keyOf(n, day))),
          calm,
        ),
      );
    await store.close();
    tearPage(join(dataDir, STORE_FILE_NAME), 5);

    const damaged = openIn(dataDir);
    const read = async (n: number) => {
      const kinds: string[] = [];
      for await (const item of damaged.readings.days(userOf(n), everything, ascending, calm))
        kinds.push(item.isOk() ? "day" : item.error.kind);
      return kinds;
    };
    const kinds = await read(1);
    expect(kinds[0]).toBe("day");
    expect(kinds.at(-1)).toBe("stop");
    expect(kinds.filter((kind) => kind === "stop")).toHaveLength(1);
    expect(await read(2)).toEqual(Array(300).fill("day"));
    await damaged.close();
  });

  it("whose head is torn is refused", () => {
    const { dataDir, file } = fileWith(golden);
    writeFileSync(file, readFileSync(file).subarray(0, 5_000));
    expect(openSqliteStore({ dataDir })._unsafeUnwrapErr().kind).toBe("damaged");
  });
});

describe("a new store", () => {
  it("belongs to its owner alone", async () => {
    const dataDir = join(temporaryDir(), "made", "here");
    const store = openIn(dataDir);
    await must(store.readings.putDays([putOf(keyOf(1, 1))], calm));
    const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
    expect(modeOf(dataDir)).toBe("700");
    for (const suffix of ["", "-wal", "-shm", "-lock"]) expect(modeOf(join(dataDir, STORE_FILE_NAME + suffix)), suffix).toBe("600");
    await store.close();
  });

  it("changes no rights of a directory that was there", async () => {
    const dataDir = join(temporaryDir(), "shared");
    mkdirSync(dataDir, { mode: 0o750 });
    await openIn(dataDir).close();
    expect((statSync(dataDir).mode & 0o777).toString(8)).toBe("750");
  });

  it("is refused where nothing can be made, with a word about the place", () => {
    const file = join(temporaryDir(), "a-file");
    writeFileSync(file, "");
    const refused = openSqliteStore({ dataDir: file })._unsafeUnwrapErr();
    expect(refused).toMatchObject({ kind: "unavailable", message: expect.stringContaining(file) });
  });
});
