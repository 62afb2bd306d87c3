import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { type SqliteStore, STORE_FILE_NAME } from "../src/index.ts";
import { bytesOf, calm, keyOf, putOf, sourceKeyOf } from "./samples.ts";
import { startProcess } from "./store-process.ts";
import { openIn, temporaryDir } from "./temporary-store.ts";

/** More for a night's run: each one is killed at another moment. */
const KILLS = Number(process.env["BG_INGEST_STORE_KILLS"] ?? 10);
const SEED = Number(process.env["BG_INGEST_STORE_KILL_SEED"] ?? 1);

/** What the writers said before they died. */
interface Said {
  readonly days: Map<string, number>;
  readonly records: Map<number, number>;
  readonly deliveries: Set<string>;
  readonly worked: Set<string>;
}

it(`${KILLS} times kill -9 while writing: whatever was answered is there, whole`, { timeout: 20_000 + KILLS * 5_000 }, async () => {
  const dataDir = temporaryDir();
  const said: Said = { days: new Map(), records: new Map(), deliveries: new Set(), worked: new Set() };
  for (let kill = 0; kill < KILLS; kill++) {
    await writeAndDie(dataDir, said, momentOf(kill));
    expect(integrityOf(dataDir), `after kill ${kill}, seed ${SEED}`).toBe("ok");
    const store = openIn(dataDir);
    await expectDays(store, said);
    await expectRecords(store, said);
    await expectDeliveries(store, said);
    await store.close();
  }
  expect(said.days.size).toBeGreaterThan(8);
  expect(said.deliveries.size).toBeGreaterThan(KILLS);
});

it.each(["-lock", "", "-wal", "-shm"])(
  "kill -9 while a new store is being made, its file%s just there: the next service opens it",
  async (suffix) => {
    const dataDir = temporaryDir();
    const making = startProcess("holder.ts", dataDir);
    while (!existsSync(join(dataDir, STORE_FILE_NAME + suffix))) await new Promise((resolve) => setImmediate(resolve));
    await making.kill();
    const store = openIn(dataDir);
    expect((await store.readings.putDays([putOf(keyOf(1, 1))], calm))._unsafeUnwrap()).toEqual([{ kind: "written" }]);
    await store.close();
    expect(integrityOf(dataDir)).toBe("ok");
  },
);

/** Dies after so many lines, in the midst of the next ones. */
async function writeAndDie(dataDir: string, said: Said, lines: number): Promise<void> {
  const writer = startProcess("writer.ts", dataDir);
  expect(await writer.line()).toBe("open");
  for (let n = 0; n < lines; n++) note(said, (await writer.line()) ?? "");
  await writer.kill();
  for (const line of await writer.rest()) note(said, line);
}

function note(said: Said, line: string): void {
  const [what, ...words] = line.split(" ");
  const numbers = words.map(Number);
  if (what === "day") said.days.set(`${words[0]} ${words[1]}`, numbers[2] ?? 0);
  else if (what === "record") said.records.set(numbers[0] ?? 0, numbers[1] ?? 0);
  else if (what === "delivery") said.deliveries.add(words[0] ?? "");
  else if (what === "worked") said.worked.add(words[0] ?? "");
  else expect.unreachable(`the writer said "${line}"`);
}

async function expectDays({ readings }: SqliteStore, { days }: Said): Promise<void> {
  for (const [name, version] of days) {
    const [n, day] = name.split(" ").map(Number) as [number, number];
    const [stored] = (await readings.getDays([keyOf(n, day)], calm))._unsafeUnwrap();
    // One more may have been written whose answer died with the process.
    expect([version, version + 1]).toContain(stored?.version);
    expect(stored?.bytes).toEqual(bytesOf(keyOf(n, day), stored?.version ?? 0));
    days.set(name, stored?.version ?? 0);
  }
}

async function expectRecords({ connections }: SqliteStore, { records }: Said): Promise<void> {
  for (const [n, version] of records) {
    const [record] = (await connections.recordsOf(sourceKeyOf(n).userId, calm))._unsafeUnwrap();
    expect([version, version + 1]).toContain(record?.version);
    records.set(n, record?.version ?? 0);
  }
}

async function expectDeliveries({ queue }: SqliteStore, { deliveries, worked }: Said): Promise<void> {
  const handedOut: string[] = [];
  const consumption = queue.consume(async ({ id }) => {
    handedOut.push(id);
    return { kind: "done" };
  });
  while ((await queue.depth(calm))._unsafeUnwrap().waiting > 0) await new Promise((resolve) => setImmediate(resolve));
  await consumption.stop();
  expect(handedOut.length).toBe(new Set(handedOut).size);
  for (const id of handedOut) worked.add(id);
  expect([...deliveries].filter((id) => !worked.has(id))).toEqual([]);
}

function integrityOf(dataDir: string): unknown {
  const database = new DatabaseSync(join(dataDir, STORE_FILE_NAME));
  const answer = database.prepare("PRAGMA integrity_check").get()?.["integrity_check"];
  database.close();
  return answer;
}

/** After 0 … 600 lines, told by the seed. */
function momentOf(kill: number): number {
  return (Math.imul(SEED * 7919 + kill + 1, 0x9e3779b1) >>> 0) % 601;
}
