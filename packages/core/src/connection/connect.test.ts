import { err } from "neverthrow";
import { describe, expect, it } from "vitest";
import { anna, calm, createIngestBench, type IngestBench, measured, must } from "../../test/ingest-bench.ts";
import type { CheckpointName } from "../ports/checkpoint.ts";
import type { ConnectionStore } from "../ports/connection-store.ts";
import type { RateBudget } from "../ports/rate-budget.ts";
import type { SourceRecord } from "../ports/source-record.ts";
import type { UserId } from "../reading/identifiers.ts";
import { connectSource } from "./connect.ts";
import { disconnectSource } from "./disconnect.ts";
import { connectByLogin } from "./login.ts";
import { openSecrets } from "./secrets.ts";

const DAY = 86_400;
const ben = "ben" as UserId;

const connect = (bench: IngestBench, account = "anna", userId = anna) =>
  connectSource(bench.connect, userId, bench.world.loaded, bench.world.grantOf(account), calm);

const secretsOf = async (bench: IngestBench) => (await openSecrets(bench.connect, await bench.record(), calm))._unsafeUnwrap();

/** A bench in which somebody else changes the record at a moment of the next connect. */
function interrupted(point: CheckpointName) {
  let change: (() => void) | undefined;
  const bench = createIngestBench({ change: () => ({ checkpoint: (name) => (name === point ? change?.() : undefined) }) });
  const meanwhile = async (changed: Partial<SourceRecord>) => {
    const record = await bench.record();
    change = () => {
      change = undefined;
      void bench.connections.replaceRecord({ ...record, ...changed, version: record.version + 1 }, record.version, calm);
    };
  };
  return { bench, meanwhile };
}

describe("connecting", () => {
  it("makes one living source with its secrets, its history still to be read", async () => {
    const bench = createIngestBench({ backfillSeconds: 14 * DAY });
    const { record, webhookSecret } = (await connect(bench))._unsafeUnwrap();
    expect(await bench.record()).toEqual(record);
    expect(record).toMatchObject({ phase: "connected", accountId: "anna", health: { kind: "ok" } });
    expect(record.backfill).toMatchObject({ finishedAt: null, notBefore: bench.now() - 14 * DAY, span: null });
    expect(await secretsOf(bench)).toMatchObject({ webhookSecret, credentials: bench.world.grantOf("anna").credentials });
  });

  it("of a provider without history begins no backfill, and the source comes to rest", async () => {
    const bench = createIngestBench({ capabilities: ["login", "poll"] });
    const { record } = (await connect(bench))._unsafeUnwrap();
    expect(record.backfill).toBeNull();
    expect(await bench.run(record, 3_600)).toBeLessThanOrEqual(15);
  });

  it("of a source whose provider gave up its history since finishes what cannot be read any more", async () => {
    const bench = createIngestBench({ capabilities: ["login", "poll"] });
    const { record } = (await connect(bench))._unsafeUnwrap();
    await bench.changeRecord({ backfill: { startedAt: bench.now(), finishedAt: null, notBefore: null, span: null } });
    expect(await bench.run(record, 3_600)).toBeLessThanOrEqual(15);
    expect((await bench.record()).backfill?.finishedAt).not.toBeNull();
  });

  it("keeps people apart, also where they share an account", async () => {
    const bench = createIngestBench();
    const first = (await connect(bench))._unsafeUnwrap();
    const second = (await connect(bench, "anna", ben))._unsafeUnwrap();
    expect(second.record.sourceId).not.toBe(first.record.sourceId);
    expect(second.webhookSecret).not.toBe(first.webhookSecret);
  });

  it.each<CheckpointName>(["connect.after_record", "connect.after_credentials"])(
    "after a death at %s nothing is polled, and connecting again finishes it",
    async (point) => {
      const crash = new Error("died");
      let isDoomed = true;
      const bench = createIngestBench({
        change: () => ({
          checkpoint: (name) => {
            if (isDoomed && name === point) throw crash;
          },
        }),
      });
      await expect(connect(bench)).rejects.toBe(crash);
      const begun = await bench.record();
      expect(begun.phase).toBe("connecting");
      await bench.run(begun, 3_600);
      expect(bench.world.asked).toEqual([]);
      isDoomed = false;
      const { record, webhookSecret } = (await connect(bench))._unsafeUnwrap();
      expect([record.phase, record.sourceId]).toEqual(["connected", begun.sourceId]);
      // Nobody has seen it yet: it has to be shown now.
      expect(webhookSecret).toBe((await secretsOf(bench))?.webhookSecret);
      expect(webhookSecret).not.toBeNull();
    },
  );
});

describe("connecting again", () => {
  it("after a disconnect makes a new webhook secret and shows it, so that one that was lost or is known to others can be replaced", async () => {
    const bench = createIngestBench();
    const first = await bench.connected();
    (await disconnectSource(bench.connections, first.record.userId, first.record.provider, bench.now(), calm))._unsafeUnwrap();
    const again = await bench.connected();
    expect(again.record.sourceId).toBe(first.record.sourceId);
    expect(again.webhookSecret).not.toBeNull();
    expect(again.webhookSecret).not.toBe(first.webhookSecret);
    expect((await secretsOf(bench))?.webhookSecret).toBe(again.webhookSecret);
  });

  it("keeps the source, its readings and its webhook secret, and takes the new credentials", async () => {
    const bench = createIngestBench();
    const before = measured(bench, bench.now() - 7_200, bench.now());
    const first = (await connect(bench))._unsafeUnwrap();
    await bench.run(first.record, 3_600);
    bench.world.account("anna").situate("revoked");
    await bench.run(first.record, 600);
    expect((await bench.record()).health.kind).toBe("needs_reconnect");
    bench.world.account("anna").situate("well");
    const again = (await connect(bench))._unsafeUnwrap();
    expect(again.record).toMatchObject({ sourceId: first.record.sourceId, phase: "connected", health: { kind: "ok" } });
    expect(again.webhookSecret).toBeNull();
    expect((await secretsOf(bench))?.webhookSecret).toBe(first.webhookSecret);
    bench.ingest.forget(first.record.sourceId);
    const missed = measured(bench, bench.now() - 900, bench.now());
    await bench.run(again.record, 3_600);
    expect([...(await bench.view()).keys()]).toEqual(
      [...before, ...missed].toSorted((a, b) => a - b).filter((at, i, all) => at !== all[i - 1]),
    );
  });

  it("with another account is refused and changes nothing", async () => {
    const bench = createIngestBench();
    await must(connect(bench));
    const before = [await bench.record(), await secretsOf(bench)];
    expect((await connect(bench, "somebody else"))._unsafeUnwrapErr()).toEqual({ kind: "another_account" });
    expect([await bench.record(), await secretsOf(bench)]).toEqual(before);
  });

  it("is not refused because the source was written by its owner meanwhile", async () => {
    const { bench, meanwhile } = interrupted("connect.after_credentials");
    await must(connect(bench));
    await meanwhile({ lastSuccessAt: bench.now() });
    expect((await connect(bench)).isOk()).toBe(true);
    expect((await bench.record()).lastSuccessAt).toBe(bench.now());
  });

  it("is refused when the source was erased meanwhile, and brings nobody back", async () => {
    const { bench, meanwhile } = interrupted("connect.after_credentials");
    await must(connect(bench));
    await meanwhile({ phase: "erased" });
    expect((await connect(bench))._unsafeUnwrapErr()).toEqual({ kind: "another_source" });
    expect((await bench.record()).phase).toBe("erased");
  });

  it("by a login during which the person was erased brings nobody back", async () => {
    const bench = createIngestBench();
    (await connect(bench))._unsafeUnwrap();
    const { login } = bench.world.loaded.provider;
    if (login === undefined) throw new Error("no login");
    const erasing = { ...login, login: (...given: Parameters<typeof login.login>) => afterErase(bench, () => login.login(...given)) };
    const loaded = { ...bench.world.loaded, provider: { ...bench.world.loaded.provider, login: erasing } };
    const fields = Object.fromEntries(login.fields.map(({ name }) => [name, "anna"]));
    const connected = await connectByLogin(bench.connect, anna, loaded, fields, calm);
    expect(connected._unsafeUnwrapErr()).toEqual({ kind: "another_source" });
    expect((await bench.record()).phase).toBe("erased");
  });

  it("by the first login of a person who is erased meanwhile connects nobody", async () => {
    const bench = createIngestBench();
    const { login } = bench.world.loaded.provider;
    if (login === undefined) throw new Error("no login");
    const erasing = { ...login, login: (...given: Parameters<typeof login.login>) => afterErase(bench, () => login.login(...given)) };
    const loaded = { ...bench.world.loaded, provider: { ...bench.world.loaded.provider, login: erasing } };
    const fields = Object.fromEntries(login.fields.map(({ name }) => [name, "anna"]));
    const connected = await connectByLogin(bench.connect, anna, loaded, fields, calm);
    expect(connected._unsafeUnwrapErr()).toEqual({ kind: "another_source" });
    expect((await must(bench.connections.recordsOf(anna, calm))).filter(({ phase }) => phase !== "erased")).toEqual([]);
  });

  it("is not refused because the owner of a disconnected source wrote its record meanwhile", async () => {
    const bench = createIngestBench();
    const { record } = await bench.connected();
    await must(disconnectSource(bench.connections, anna, record.provider, bench.now(), calm));
    const { replaceRecord } = bench.connect.connections;
    let isMeanwhile = true;
    const writing: ConnectionStore["replaceRecord"] = async (...given) => {
      if (isMeanwhile) {
        isMeanwhile = false;
        await bench.changeRecord({ lastSuccessAt: bench.now() });
      }
      return replaceRecord(...given);
    };
    const deps = { ...bench.connect, connections: { ...bench.connect.connections, replaceRecord: writing } };
    expect((await connectSource(deps, anna, bench.world.loaded, bench.world.grantOf("anna"), calm)).isOk()).toBe(true);
    expect((await bench.record()).lastSuccessAt).toBe(bench.now());
  });

  it("is not refused because the credentials of before were renewed meanwhile", async () => {
    const bench = createIngestBench();
    const { record } = await bench.connected();
    const { secretsOf: read } = bench.connect.connections;
    let isMeanwhile = true;
    const renewing: ConnectionStore["secretsOf"] = async (...asked) => {
      const found = await read(...asked);
      const stored = found._unsafeUnwrap();
      if (isMeanwhile && stored !== null) {
        isMeanwhile = false;
        await must(bench.connections.replaceSecrets(record, { ...stored, sealed: new Uint8Array([1]), version: stored.version + 1 }, calm));
      }
      return found;
    };
    const deps = { ...bench.connect, connections: { ...bench.connect.connections, secretsOf: renewing } };
    expect((await connectSource(deps, anna, bench.world.loaded, bench.world.grantOf("anna"), calm)).isOk()).toBe(true);
    expect((await secretsOf(bench))?.credentials).toEqual(bench.world.grantOf("anna").credentials);
  });

  it("by a login while no calls are left asks the provider nothing, and changes nothing", async () => {
    const bench = createIngestBench();
    const { login } = bench.world.loaded.provider;
    if (login === undefined) throw new Error("no login");
    let logins = 0;
    const counted: typeof login.login = (...given) => {
      logins++;
      return login.login(...given);
    };
    const counting: typeof login = { ...login, login: counted };
    const loaded = { ...bench.world.loaded, provider: { ...bench.world.loaded.provider, login: counting } };
    const fields = Object.fromEntries(login.fields.map(({ name }) => [name, "anna"]));
    const short: RateBudget = {
      take: async (_, purpose) => (purpose === "connect" ? { kind: "wait", waitMs: 7_000 } : { kind: "granted" }),
    };
    const refused = await connectByLogin({ ...bench.connect, budget: short }, anna, loaded, fields, calm);
    expect(refused._unsafeUnwrapErr()).toEqual({ kind: "short_of_calls", waitMs: 7_000 });
    expect([logins, await must(bench.connections.recordsOf(anna, calm))]).toEqual([0, []]);
    expect((await connectByLogin(bench.connect, anna, loaded, fields, calm)).isOk()).toBe(true);
  });

  it("goes on with the history that was not read yet, through a disconnect too", async () => {
    const bench = createIngestBench({ backfillSeconds: 5 * DAY });
    const all = measured(bench, bench.now() - 5 * DAY, bench.now(), 900);
    const { record } = (await connect(bench))._unsafeUnwrap();
    await must(disconnectSource(bench.connections, anna, record.provider, bench.now(), calm));
    bench.pass(10 * DAY);
    const again = (await connect(bench))._unsafeUnwrap();
    await bench.run(again.record, 3_600);
    const view = await bench.view();
    expect(all.filter((at) => !view.has(at))).toEqual([]);
  });

  it("after all history was read asks for no more of it than is configured", async () => {
    const bench = createIngestBench({ backfillSeconds: DAY });
    measured(bench, bench.now() - DAY, bench.now(), 900);
    const { record } = (await connect(bench))._unsafeUnwrap();
    await bench.run(record, 600);
    bench.pass(10 * DAY);
    const again = (await connect(bench))._unsafeUnwrap();
    expect(again.record.backfill?.notBefore).toBe(bench.now() - DAY);
  });

  it("is not refused because its owner claims the renewal of the old credentials meanwhile", async () => {
    const bench = createIngestBench();
    const { record } = (await connect(bench))._unsafeUnwrap();
    const { secretsOf: read } = bench.connect.connections;
    const claimOnce = async (): Promise<void> => {
      const stored = (await bench.connections.secretsOf(record, calm))._unsafeUnwrap();
      if (stored === null || stored.claim !== null) return;
      const claim = { holder: "its owner", at: bench.now() };
      await must(bench.connections.replaceSecrets(record, { ...stored, claim, version: stored.version + 1 }, calm));
    };
    const claiming: ConnectionStore["secretsOf"] = async (...asked) => {
      const found = await read(...asked);
      await claimOnce();
      return found;
    };
    bench.pass(60);
    const deps = { ...bench.connect, connections: { ...bench.connect.connections, secretsOf: claiming } };
    const again = await connectSource(deps, anna, bench.world.loaded, bench.world.grantOf("anna"), calm);
    expect(again.isOk()).toBe(true);
    expect((await bench.connections.secretsOf(record, calm))._unsafeUnwrap()).toMatchObject({ claim: null, version: 3 });
    expect((await secretsOf(bench))?.obtainedAt).toBe(bench.now());
  });

  it("mends secrets that no longer open", async () => {
    const bench = createIngestBench();
    const { webhookSecret } = (await connect(bench))._unsafeUnwrap();
    const [record, sealed] = [await bench.record(), new Uint8Array([1, 2, 3])];
    expect((await bench.connections.replaceSecrets(record, { sealed, claim: null, version: 2 }, calm))._unsafeUnwrap()).toEqual({
      kind: "written",
    });
    const again = (await connect(bench))._unsafeUnwrap();
    expect(again.webhookSecret).not.toBeNull();
    expect(again.webhookSecret).not.toBe(webhookSecret);
    expect((await secretsOf(bench))?.webhookSecret).toBe(again.webhookSecret);
  });

  it("while the store is away says so, and leaves what was", async () => {
    const bench = createIngestBench();
    await must(connect(bench));
    const before = await bench.record();
    bench.storeMode = "away";
    expect((await connect(bench))._unsafeUnwrapErr()).toMatchObject({ kind: "store" });
    bench.storeMode = "there";
    expect(await bench.record()).toEqual(before);
  });

  it("whose answer was lost can simply be done again", async () => {
    const bench = createIngestBench();
    bench.storeMode = "mute";
    expect((await connect(bench)).isErr()).toBe(true);
    bench.storeMode = "there";
    const { record, webhookSecret } = (await connect(bench))._unsafeUnwrap();
    expect([record.phase, webhookSecret]).toEqual(["connected", (await secretsOf(bench))?.webhookSecret]);
  });
});

describe("connecting that fails after it was begun", () => {
  const sealing = { seal: async () => err({ kind: "stop", message: "It cannot be sealed." } as const) };
  const failing = (bench: IngestBench, change: Partial<typeof bench.connect> = { vault: { ...bench.connect.vault, ...sealing } }) =>
    connectSource({ ...bench.connect, ...change }, anna, bench.world.loaded, bench.world.grantOf(anna), calm);
  const all = async (bench: IngestBench) => must(bench.connections.recordsOf(anna, calm));

  it("leaves nothing of somebody who was not there before, and they can connect", async () => {
    const bench = createIngestBench();
    expect((await failing(bench))._unsafeUnwrapErr().kind).toBe("store");
    expect(await all(bench)).toEqual([]);
    expect((await connect(bench)).isOk()).toBe(true);
  });

  it("leaves somebody who was disconnected disconnected, since when they were, and without credentials", async () => {
    const bench = createIngestBench();
    const { record } = (await connect(bench))._unsafeUnwrap();
    await must(disconnectSource(bench.connections, anna, record.provider, bench.now(), calm));
    const before = await bench.record();
    bench.pass(60);
    expect((await failing(bench)).isErr()).toBe(true);
    const { version, ...rest } = await bench.record();
    expect(rest).toEqual(Object.fromEntries(Object.entries(before).filter(([name]) => name !== "version")));
    expect(version).toBeGreaterThan(before.version);
    expect(await secretsOf(bench)).toBeNull();
  });

  it("leaves the tombstone of somebody who was erased, and of the new source nothing", async () => {
    const bench = createIngestBench();
    await must(connect(bench));
    (await bench.ingest.erase(anna, calm))._unsafeUnwrap();
    const before = await bench.record();
    expect((await failing(bench)).isErr()).toBe(true);
    expect(await bench.record()).toMatchObject({ sourceId: before.sourceId, phase: "erased", ended: before.ended });
  });

  it("takes the stored credentials back with it, though the request was called off", async () => {
    const bench = createIngestBench();
    const controller = new AbortController();
    const checkpoint = (name: CheckpointName) => void (name === "connect.after_credentials" && controller.abort());
    const deps = { ...bench.connect, checkpoint };
    const call = { ...calm, signal: controller.signal };
    expect((await connectSource(deps, anna, bench.world.loaded, bench.world.grantOf(anna), call)).isErr()).toBe(true);
    expect(await all(bench)).toEqual([]);
    const source = { userId: anna, sourceId: "source000001" as SourceRecord["sourceId"] };
    expect(await must(bench.connections.secretsOf(source, calm))).toBeNull();
  });

  it("leaves a name by which its credentials are found, if it dies before they are deleted", async () => {
    const bench = createIngestBench();
    const died = new Error("died");
    const connections: ConnectionStore = {
      ...bench.connect.connections,
      replaceRecord: async (record, ...rest) =>
        record.phase === "connected" ? err({ kind: "retry", message: "away" }) : bench.connect.connections.replaceRecord(record, ...rest),
      eraseSource: () => {
        throw died;
      },
    };
    await expect(failing(bench, { connections })).rejects.toBe(died);
    const begun = await bench.record();
    expect(begun.phase).toBe("erased");
    expect(await must(bench.connections.secretsOf(begun, calm))).not.toBeNull();
    await bench.run(begun, 60);
    expect(await must(bench.connections.secretsOf(begun, calm))).toBeNull();
    expect(bench.bus.taken).toEqual([]);
  });

  it("beside another one that fails, is given up by its owner within two hours, and leaves no credentials", async () => {
    const bench = createIngestBench();
    const { record } = await bench.connected();
    await must(disconnectSource(bench.connections, anna, record.provider, bench.now(), calm));
    const connections: ConnectionStore = {
      ...bench.connect.connections,
      replaceRecord: async (next, ...rest) =>
        next.phase === "connected" ? err({ kind: "retry", message: "away" }) : bench.connect.connections.replaceRecord(next, ...rest),
    };
    const both = await Promise.all([failing(bench, { connections }), failing(bench, { connections })]);
    expect(both.map((each) => each.isErr())).toEqual([true, true]);
    bench.ingest.forget(record.sourceId);
    await bench.run(record, 2 * 3_600);
    expect((await bench.record()).phase).toBe("disconnected");
    expect(await secretsOf(bench)).toBeNull();
    expect((await connect(bench)).isOk()).toBe(true);
  });

  it("leaves one that is connected as it is", async () => {
    const bench = createIngestBench();
    await must(connect(bench));
    const before = [await bench.record(), await secretsOf(bench)];
    expect((await failing(bench)).isErr()).toBe(true);
    expect([await bench.record(), await secretsOf(bench)]).toEqual(before);
  });

  it("leaves what somebody else has begun meanwhile to them", async () => {
    const bench = createIngestBench();
    const { record } = (await connect(bench))._unsafeUnwrap();
    await must(disconnectSource(bench.connections, anna, record.provider, bench.now(), calm));
    const left = await bench.record();
    const [begun, brought] = [left.version + 1, left.version + 2];
    const checkpoint = (name: CheckpointName) => {
      if (name === "connect.after_record") void bench.connections.replaceRecord({ ...record, version: brought }, begun, calm);
    };
    expect((await failing(bench, { vault: { ...bench.connect.vault, ...sealing }, checkpoint })).isErr()).toBe(true);
    expect((await bench.record()).phase).toBe("connected");
  });
});

describe("two that connect the same person at the same moment", () => {
  it("make one source, and the credentials of one of them", async () => {
    const bench = createIngestBench();
    const both = await Promise.all([connect(bench), connect(bench)]);
    const made = both.filter((each) => each.isOk()).map((each) => each._unsafeUnwrap().record.sourceId);
    expect(made.length).toBeGreaterThanOrEqual(1);
    expect(new Set(made)).toEqual(new Set([(await bench.record()).sourceId]));
    for (const each of both) if (each.isErr()) expect(each.error.kind).toBe("busy");
  });

  it("with different accounts never mix them", async () => {
    const bench = createIngestBench();
    await Promise.all([connect(bench), connect(bench, "somebody else")]);
    const [record, secrets] = [await bench.record(), await secretsOf(bench)];
    expect(secrets?.credentials.value).toMatchObject({ account: record.accountId });
  });
});

describe("connecting while somebody else's connect of the same source fails", () => {
  /** One that has begun and fails at the word. */
  async function failsAtTheWord(bench: IngestBench) {
    const [reached, word] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const seal = async () => {
      reached.resolve();
      await word.promise;
      return err({ kind: "stop", message: "It cannot be sealed." } as const);
    };
    const deps = { ...bench.connect, vault: { ...bench.connect.vault, seal } };
    const failing = connectSource(deps, anna, bench.world.loaded, bench.world.grantOf(anna), calm);
    await reached.promise;
    return async () => {
      word.resolve();
      expect((await failing)._unsafeUnwrapErr().kind).toBe("store");
    };
  }

  type Fail = () => Promise<void>;
  const { vault, connections } = createIngestBench().connect;
  const meanwhile: readonly (readonly [string, (deps: IngestBench["connect"], fail: Fail) => Partial<IngestBench["connect"]>])[] = [
    [
      "before the credentials are stored",
      (deps, fail) => ({
        vault: {
          ...deps.vault,
          seal: async (...given: Parameters<typeof vault.seal>) => {
            await fail();
            return deps.vault.seal(...given);
          },
        },
      }),
    ],
    [
      "once what it began was found",
      (deps, fail) => ({
        connections: {
          ...deps.connections,
          recordsOf: async (...asked: Parameters<typeof connections.recordsOf>) => {
            const found = await deps.connections.recordsOf(...asked);
            await fail();
            return found;
          },
        },
      }),
    ],
    [
      "after the credentials were stored",
      (deps, fail) => ({
        connections: {
          ...deps.connections,
          replaceSecrets: async (...written: Parameters<typeof connections.replaceSecrets>) => {
            const outcome = await deps.connections.replaceSecrets(...written);
            await fail();
            return outcome;
          },
        },
      }),
    ],
  ];

  it.each(meanwhile)("%s is not hindered by it, of a new source and of one that was disconnected", async (_, change) => {
    for (const wasThere of [false, true]) {
      const bench = createIngestBench();
      if (wasThere) {
        const { record } = await bench.connected();
        await must(disconnectSource(bench.connections, anna, record.provider, bench.now(), calm));
      }
      const fail = await failsAtTheWord(bench);
      const deps = { ...bench.connect, ...change(bench.connect, fail) };
      const connected = await connectSource(deps, anna, bench.world.loaded, bench.world.grantOf(anna), calm);
      expect(connected.isOk()).toBe(true);
      expect(await bench.record()).toMatchObject({ phase: "connected", sourceId: connected._unsafeUnwrap().record.sourceId });
      expect(await secretsOf(bench)).toMatchObject({ webhookSecret: connected._unsafeUnwrap().webhookSecret });
    }
  });

  it("leaves no credentials of a source whose record is gone", async () => {
    const bench = createIngestBench();
    let begun: SourceRecord | undefined;
    const checkpoint = (name: CheckpointName) => {
      begun = bench.written.records.at(-1);
      if (name === "connect.after_credentials" && begun) void bench.connections.removeRecord(anna, begun.provider, begun.version, calm);
    };
    const connected = await connectSource({ ...bench.connect, checkpoint }, anna, bench.world.loaded, bench.world.grantOf(anna), calm);
    expect(connected._unsafeUnwrapErr()).toEqual({ kind: "another_source" });
    expect(begun && (await must(bench.connections.secretsOf(begun, calm)))).toBeNull();
  });
});

describe("disconnecting", () => {
  it("keeps the readings, asks for nothing any more, and is done once", async () => {
    const bench = createIngestBench();
    const instants = measured(bench, bench.now() - 7_200, bench.now());
    const { record } = (await connect(bench))._unsafeUnwrap();
    await bench.run(record, 3_600);
    const disconnected = (await disconnectSource(bench.connections, anna, record.provider, bench.now(), calm))._unsafeUnwrap();
    bench.ingest.forget(record.sourceId);
    const asked = bench.world.asked.length;
    await bench.run(record, 7_200);
    expect(bench.world.asked.length).toBe(asked);
    expect([...(await bench.view()).keys()]).toEqual(instants);
    expect((await disconnectSource(bench.connections, anna, record.provider, bench.now(), calm))._unsafeUnwrap()).toEqual(disconnected);
  });

  it("deletes the credentials and the webhook secret, and keeps what was set aside", async () => {
    const bench = createIngestBench();
    const { record } = (await connect(bench))._unsafeUnwrap();
    const aside = { key: "k", reason: "odd", detail: "", at: null, record: "{}", setAsideAt: bench.now() };
    await must(bench.connections.setAside(record, [aside], calm));
    await must(disconnectSource(bench.connections, anna, record.provider, bench.now(), calm));
    expect(await must(bench.connections.secretsOf(record, calm))).toEqual({ sealed: null, claim: null, version: 2 });
    expect(await secretsOf(bench)).toBeNull();
    expect(await must(bench.connections.countSetAside(record, calm))).toBe(1);
  });

  it("whose credentials could not be deleted says so, and asking once more deletes them", async () => {
    const bench = createIngestBench();
    const { record } = (await connect(bench))._unsafeUnwrap();
    const away: typeof bench.connections = { ...bench.connections, secretsOf: async () => err({ kind: "retry", message: "away" }) };
    const left = await disconnectSource(away, anna, record.provider, bench.now(), calm);
    expect([left._unsafeUnwrap()?.undeleted?.kind, (await bench.record()).phase]).toEqual(["retry", "disconnected"]);
    expect(await secretsOf(bench)).not.toBeNull();
    await must(disconnectSource(bench.connections, anna, record.provider, bench.now(), calm));
    expect(await secretsOf(bench)).toBeNull();
  });

  it("by a version that kept the credentials, or by a process that died of it, is brought to its end by the owner of the source", async () => {
    const bench = createIngestBench();
    const { record } = (await connect(bench))._unsafeUnwrap();
    await bench.changeRecord({ phase: "disconnected", phaseSince: bench.now() });
    bench.storeMode = "away";
    await bench.run(record, 60);
    bench.storeMode = "there";
    expect(await secretsOf(bench)).not.toBeNull();
    await bench.run(record, 60);
    expect(await secretsOf(bench)).toBeNull();
    const again = (await connect(bench))._unsafeUnwrap();
    await bench.run(again.record, 600);
    expect(await secretsOf(bench)).not.toBeNull();
  });

  it("while somebody connects the same source leaves no credentials behind, and the one who connects is told", async () => {
    for (const point of ["connect.after_record", "connect.after_credentials"] as const) {
      const { bench, meanwhile } = interrupted(point);
      await must(connect(bench));
      await meanwhile({ phase: "disconnected", phaseSince: bench.now() });
      expect((await connect(bench))._unsafeUnwrapErr().kind).toBe("busy");
      expect(await secretsOf(bench), point).toBeNull();
    }
  });

  it("is over for whoever is at work with credentials that are there no more: nothing is told, and nobody is asked", async () => {
    const bench = createIngestBench();
    measured(bench, bench.now() - 7_200, bench.now());
    const { record } = (await connect(bench))._unsafeUnwrap();
    await bench.run(record, 3_600);
    await must(disconnectSource(bench.connections, anna, record.provider, bench.now(), calm));
    bench.world.account("anna").situate("unauthorized");
    await bench.run(record, 1_200);
    expect(await bench.record()).toMatchObject({ phase: "disconnected", health: { kind: "ok" } });
    expect(bench.logged.filter(({ level }) => level === "warn" || level === "error")).toEqual([]);
    expect(await secretsOf(bench)).toBeNull();
  });

  it("by somebody else is heeded within the hour", async () => {
    const bench = createIngestBench();
    const { record } = (await connect(bench))._unsafeUnwrap();
    await bench.run(record, 3_600);
    await must(disconnectSource(bench.connections, anna, record.provider, bench.now(), calm));
    await bench.run(record, 3_700);
    const asked = bench.world.asked.length;
    await bench.run(record, 7_200);
    expect(bench.world.asked.length).toBe(asked);
  });

  it("of somebody who is not connected answers that there is nobody", async () => {
    const bench = createIngestBench();
    expect((await disconnectSource(bench.connections, anna, bench.world.loaded.name, bench.now(), calm))._unsafeUnwrap()).toBeNull();
  });
});

async function afterErase<T>(bench: IngestBench, act: () => PromiseLike<T>): Promise<T> {
  await must(bench.ingest.erase(anna, calm));
  return act();
}
