import { err, type Result } from "neverthrow";
import { describe, expect, it } from "vitest";
import { anna, calm, createIngestBench, type IngestBench, must } from "../../test/ingest-bench.ts";
import type { CheckpointName } from "../ports/checkpoint.ts";
import type { ConnectionStore } from "../ports/connection-store.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import type { SourceId } from "../reading/identifiers.ts";
import { addSeconds } from "../reading/instant.ts";
import { connectSource } from "./connect.ts";
import { disconnectSource } from "./disconnect.ts";

const HOUR = 3_600;
const DAY = 86_400;

const connect = (bench: IngestBench, change: Partial<IngestBench["connect"]> = {}, account = "anna") =>
  connectSource({ ...bench.connect, ...change }, anna, bench.world.loaded, bench.world.grantOf(account), calm);

const recordsOf = (bench: IngestBench) => must(bench.connections.recordsOf(anna, calm));
const AWAY = { kind: "retry", message: "away" } as const;

/** A connect that fails, for good, before its credentials are stored or once they are. */
const failures = {
  "before its credentials are stored": (bench: IngestBench): Partial<IngestBench["connect"]> => ({
    vault: { ...bench.connect.vault, seal: async () => err({ kind: "stop", message: "It cannot be sealed." } as const) },
  }),
  "once its credentials are stored": (bench: IngestBench): Partial<IngestBench["connect"]> => ({
    connections: neverConnected(bench.connect.connections),
  }),
} as const;

function neverConnected(connections: ConnectionStore): ConnectionStore {
  const { replaceRecord } = connections;
  return {
    ...connections,
    replaceRecord: async (record, ...rest) => (record.phase === "connected" ? err(AWAY) : replaceRecord(record, ...rest)),
  };
}

/** Of the calls of a store that connecting makes, the one of this number fails: before it is done, or its answer is lost. */
function failingOnce(connections: ConnectionStore, number: number, fault: "refused" | "answer lost") {
  let calls = 0;
  const faulty = async <T>(answer: () => PromiseLike<Result<T, typeof AWAY>>): Promise<Result<T, typeof AWAY>> => {
    if (++calls !== number) return answer();
    if (fault === "answer lost") void (await answer()).isOk();
    return err(AWAY);
  };
  const names = ["recordsOf", "replaceRecord", "removeRecord", "secretsOf", "replaceSecrets", "eraseSource"] as const;
  const wrapped = Object.fromEntries(
    names.map((name) => [
      name,
      (...given: readonly unknown[]) => faulty(() => (connections[name] as (...all: readonly unknown[]) => never)(...given)),
    ]),
  );
  return { store: { ...connections, ...wrapped } as ConnectionStore, isOver: () => calls < number };
}

async function left(bench: IngestBench, { sourceId }: { readonly sourceId: SourceId }) {
  const secrets = await must(bench.connections.secretsOf({ userId: anna, sourceId }, calm));
  return { records: await recordsOf(bench), hasSecrets: (secrets?.sealed ?? null) !== null };
}

async function disconnected(bench: IngestBench): Promise<SourceRecord> {
  const { record } = await bench.connected();
  await must(disconnectSource(bench.connections, anna, record.provider, bench.now(), calm));
  bench.ingest.forget(record.sourceId);
  bench.pass(2 * DAY);
  await bench.run(record, 60);
  return bench.record();
}

const withoutVersion = ({ version: _, ...record }: SourceRecord) => record;

describe.each(Object.entries(failures))("connecting that fails %s", (_, failing) => {
  it.each(["refused", "answer lost"] as const)(
    "and of whose calls of the store any other one is %s leaves, of somebody who was not there before, nothing, within two days",
    async (fault) => {
      for (let number = 1, isOver = false; !isOver; number++) {
        const bench = createIngestBench();
        const change = failing(bench);
        const broken = failingOnce(change.connections ?? bench.connect.connections, number, fault);
        expect((await connect(bench, { ...change, connections: broken.store })).isErr()).toBe(true);
        isOver = broken.isOver();
        const source = { userId: anna, sourceId: "source000001" as SourceId };
        await bench.run(source, 2 * DAY);
        expect(await left(bench, source), `call ${number}`).toEqual({ records: [], hasSecrets: false });
        expect(bench.bus.taken).toEqual([]);
      }
    },
  );

  it.each(["refused", "answer lost"] as const)(
    "and of whose calls of the store any other one is %s leaves somebody who was disconnected as they were, within two hours",
    async (fault) => {
      for (let number = 1, isOver = false; !isOver; number++) {
        const bench = createIngestBench();
        const before = await disconnected(bench);
        const told = bench.bus.taken.length;
        const change = failing(bench);
        const broken = failingOnce(change.connections ?? bench.connect.connections, number, fault);
        expect((await connect(bench, { ...change, connections: broken.store })).isErr()).toBe(true);
        isOver = broken.isOver();
        bench.ingest.forget(before.sourceId);
        await bench.run(before, 2 * HOUR);
        const now = await left(bench, before);
        expect({ ...now, records: now.records.map(withoutVersion) }, `call ${number}`).toEqual({
          records: [withoutVersion(before)],
          hasSecrets: false,
        });
        expect(bench.bus.taken.slice(told)).toEqual([]);
      }
    },
  );

  it("is taken back though the owner of the source wrote its record meanwhile, and what was written stays", async () => {
    const bench = createIngestBench();
    const before = await disconnected(bench);
    const { replaceRecord, recordsOf: read } = failing(bench).connections ?? bench.connect.connections;
    let isMeanwhile = false;
    const writing: ConnectionStore["recordsOf"] = async (...asked) => {
      if (isMeanwhile) await bench.changeRecord({ rank: 3 });
      isMeanwhile = false;
      return read(...asked);
    };
    const begun: ConnectionStore["replaceRecord"] = async (...given) => {
      isMeanwhile = given[0].phase === "connecting";
      return replaceRecord(...given);
    };
    const connections = { ...bench.connect.connections, recordsOf: writing, replaceRecord: begun };
    expect((await connect(bench, { ...failing(bench), connections })).isErr()).toBe(true);
    expect(withoutVersion(await bench.record())).toEqual({ ...withoutVersion(before), rank: 3 });
  });

  it("leaves a source of which no account was known without one", async () => {
    const bench = createIngestBench();
    const { sourceId } = await disconnected(bench);
    await bench.changeRecord({ accountId: null });
    expect((await connect(bench, failing(bench))).isErr()).toBe(true);
    expect(await bench.record()).toMatchObject({ sourceId, phase: "disconnected", accountId: null });
    expect((await connect(bench, {}, "somebody else")).isOk()).toBe(true);
  });
});

describe("a connect that dies", () => {
  it.each<CheckpointName>(["connect.after_record", "connect.after_credentials"])(
    "at %s, the first of a person, is gone after an hour: they may connect with another account",
    async (point) => {
      const bench = createIngestBench();
      const died = new Error("died");
      const checkpoint = (name: CheckpointName) => {
        if (name === point) throw died;
      };
      await expect(connect(bench, { checkpoint })).rejects.toBe(died);
      const begun = await bench.record();
      await bench.run(begun, HOUR + 60);
      expect((await left(bench, begun)).hasSecrets).toBe(false);
      const { record } = (await connect(bench, {}, "somebody else"))._unsafeUnwrap();
      expect(record.sourceId).not.toBe(begun.sourceId);
      await bench.run(record, 2 * DAY);
      expect((await bench.record()).ended).toEqual([]);
      expect(bench.bus.taken.filter(({ type }) => type === "bg.user.erased.v1")).toEqual([]);
    },
  );

  it("leaves a source that was disconnected as it was after an hour", async () => {
    const bench = createIngestBench();
    const before = await disconnected(bench);
    const died = new Error("died");
    const checkpoint = () => {
      throw died;
    };
    await expect(connect(bench, { checkpoint })).rejects.toBe(died);
    expect((await bench.record()).phase).toBe("connecting");
    bench.ingest.forget(before.sourceId);
    await bench.run(before, HOUR + 60);
    expect(withoutVersion(await bench.record())).toEqual(withoutVersion(before));
  });
});

describe("going on with what another began", () => {
  const beginning = async (bench: IngestBench, account = "anna") => {
    const died = new Error("died");
    const checkpoint = (name: CheckpointName) => {
      if (name === "connect.after_credentials") throw died;
    };
    await expect(connect(bench, { checkpoint }, account)).rejects.toBe(died);
    return bench.record();
  };

  it("in vain, with another account and over and over, keeps nobody from being given it an hour after it was begun", async () => {
    const bench = createIngestBench();
    const begun = await beginning(bench);
    for (let attempt = 0; attempt < 4; attempt++) {
      bench.pass(850);
      expect((await connect(bench, {}, "somebody else"))._unsafeUnwrapErr().kind).toBe("busy");
    }
    await bench.run(begun, HOUR - 4 * 850 + 60);
    expect((await connect(bench, {}, "somebody else")).isOk()).toBe(true);
  });

  it("in vain leaves it to those who began it: they take it back when they fail as well", async () => {
    const bench = createIngestBench();
    const before = await disconnected(bench);
    const { recordsOf: read } = bench.connect.connections;
    let isBegun = false;
    const connections: ConnectionStore = {
      ...neverConnected(bench.connect.connections),
      async recordsOf(...asked) {
        const now = await read(...asked);
        if (!isBegun && now._unsafeUnwrap()[0]?.phase === "connecting") {
          isBegun = true;
          expect((await connect(bench, {}, "somebody else"))._unsafeUnwrapErr().kind).toBe("another_account");
          return read(...asked);
        }
        return now;
      },
    };
    expect((await connect(bench, { connections })).isErr()).toBe(true);
    expect(isBegun).toBe(true);
    expect(withoutVersion(await bench.record())).toEqual(withoutVersion(before));
  });
});

it("what was begun by a clock that is ahead is given up as soon as it may be", async () => {
  const bench = createIngestBench();
  const died = new Error("died");
  const checkpoint = () => {
    throw died;
  };
  await expect(connect(bench, { checkpoint })).rejects.toBe(died);
  const begun = await bench.record();
  await bench.changeRecord({ phaseSince: addSeconds(begun.phaseSince, 30) });
  await bench.run(begun, HOUR + 60);
  expect((await recordsOf(bench)).filter(({ phase }) => phase !== "erased")).toEqual([]);
});

it("a source that was brought to life by a version that leaves standing who began it is not taken back by them", async () => {
  const bench = createIngestBench();
  const { replaceRecord } = bench.connect.connections;
  const connections: ConnectionStore = {
    ...bench.connect.connections,
    async replaceRecord(record, ...rest) {
      if (record.phase !== "connected") return replaceRecord(record, ...rest);
      await bench.changeRecord({ phase: "connected", accountId: "anna" });
      return err(AWAY);
    },
  };
  expect((await connect(bench, { connections })).isErr()).toBe(true);
  expect(await left(bench, { sourceId: "source000001" as SourceId })).toMatchObject({
    records: [{ phase: "connected" }],
    hasSecrets: true,
  });
});
