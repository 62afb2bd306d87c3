import { err, ok } from "neverthrow";
import { describe, expect, it } from "vitest";
import { anna, calm, createIngestBench, type IngestBench, measured, must } from "../../../test/ingest-bench.ts";
import { connectGranted } from "../../connection/connect.ts";
import { disconnectSource } from "../../connection/disconnect.ts";
import { openSecrets } from "../../connection/secrets.ts";
import type { Credentials } from "../../ports/cgm-provider.ts";
import type { SourceRecord } from "../../ports/source-record.ts";
import type { Vault } from "../../ports/vault.ts";
import { memoryVault } from "../../testing/memory-vault.ts";

async function settled(bench: IngestBench): Promise<SourceRecord> {
  measured(bench, bench.now() - 3_600, bench.now());
  const { record } = await bench.connected();
  await bench.run(record, 3_600);
  return record;
}

/** Counts how often credentials are renewed. */
function renewals(bench: IngestBench): { count: number } {
  const counted = { count: 0 };
  const login = bench.world.loaded.provider.login;
  if (login === undefined) throw new Error("no login");
  const { renew } = login;
  Object.assign(login, {
    renew: async (credentials: Credentials, call: typeof calm) => {
      counted.count++;
      return renew(credentials, call);
    },
  });
  return counted;
}

const versionOf = async (bench: IngestBench, source: SourceRecord) =>
  (await openSecrets(bench.connect, source, calm))._unsafeUnwrap()?.version;

describe("credentials that the provider refuses", () => {
  it("are renewed once, stored before they are used, and used from then on", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    const renewed = renewals(bench);
    bench.world.account(anna).situate("unauthorized");
    await bench.run(source, 3_600);
    expect(renewed.count).toBe(1);
    // Connecting, a claim, and what was renewed.
    expect(await versionOf(bench, source)).toBe(3);
    await bench.run(source, 3_600, bench.another());
    expect(renewed.count).toBe(1);
  });

  it("and have been renewed by somebody else since, are not renewed again", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    const other = bench.another();
    await bench.run(source, 600, other);
    const renewed = renewals(bench);
    bench.world.account(anna).situate("unauthorized");
    await bench.run(source, 600);
    await bench.run(source, 600, other);
    expect(renewed.count).toBe(1);
    expect((await bench.record()).health.kind).toBe("ok");
  });

  it("and are refused for a day although they were renewed, end in asking the person, not in renewing without end", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    const renewed = renewals(bench);
    bench.world.account(anna).troubles.push(...new Array<"unauthorized">(5_000).fill("unauthorized"));
    await bench.run(source, 23 * 3_600);
    expect((await bench.record()).health.kind).toBe("failing");
    expect(renewed.count).toBe(1);
    await bench.run(source, 3 * 3_600);
    expect((await bench.record()).health.kind).toBe("needs_reconnect");
    expect(renewed.count).toBe(1);
  });

  it("and are refused once more just after they were renewed, are tried again and again before the person is asked", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    const renewed = renewals(bench);
    bench.world.account(anna).troubles.push(...new Array<"unauthorized">(12).fill("unauthorized"));
    await bench.run(source, 301);
    const { health } = await bench.record();
    if (health.kind !== "failing") throw new Error(health.kind);
    expect(health.message).toContain("Nothing is to be done yet");
    await bench.run(source, 6 * 3_600);
    expect((await bench.record()).health.kind).toBe("ok");
    expect(renewed.count).toBe(1);
  });

  it("and were doubted once and worked since, are doubted anew", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    for (let round = 0; round < 3; round++) {
      bench.world.account(anna).troubles.push("unauthorized", "unauthorized");
      await bench.run(source, 3_600);
    }
    const told = bench.bus.taken.flatMap((event) => (event.type === "bg.connection.changed.v1" ? [event.data.state] : []));
    expect(told).not.toContain("needs_reconnect");
    expect((await bench.record()).health.kind).toBe("ok");
  });

  it("that cannot be renewed just now are tried again later", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    const login = bench.world.loaded.provider.login;
    const renew = login?.renew;
    let away = 2;
    Object.assign(login ?? {}, {
      renew: async (...given: [Credentials, typeof calm]) =>
        away-- > 0 ? err({ kind: "retry", message: "later" }) : (renew?.(...given) ?? ok()),
    });
    bench.world.account(anna).situate("unauthorized");
    await bench.run(source, 3_600);
    expect((await bench.record()).health.kind).toBe("ok");
    // Each attempt claims anew: whoever lives is seen to.
    expect(await versionOf(bench, source)).toBe(5);
  });

  it("that are not there ask the person", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    await must(bench.connections.eraseSource(source, calm));
    await bench.run(source, 600, bench.another());
    expect((await bench.record()).health).toMatchObject({ kind: "needs_reconnect", message: expect.stringMatching(/[Cc]onnect/) });
  });

  it("that were deleted a moment before the person connected anew are nobody's failure: the new ones are used at once", async () => {
    let between: (() => Promise<unknown>) | null = null;
    const bench = createIngestBench({
      change: ({ connections }) => ({
        connections: {
          ...connections,
          async secretsOf(source, call) {
            const stored = await connections.secretsOf(source, call);
            const happens = between;
            between = null;
            await happens?.();
            return stored;
          },
        },
      }),
    });
    const source = await settled(bench);
    await must(disconnectSource(bench.connections, anna, source.provider, bench.now(), calm));
    await bench.changeRecord({ phase: "connected" });
    bench.pass(600);
    const [at] = measured(bench, bench.now(), bench.now());
    between = () => bench.connected();
    const other = bench.another();
    await other.tend(source, "live", calm);
    expect([between, other.remembered(source.sourceId)?.failures]).toEqual([null, 0]);
    await bench.run(source, 1, other);
    expect([...(await bench.view()).keys()]).toContain(at);
    expect(bench.logged.filter(({ level }) => level === "warn")).toEqual([]);
  });

  it("that do not open do not ask the person, who cannot mend it, and work again once the key is back", async () => {
    let isKeyThere = true;
    const open: Vault["open"] = async (...given) =>
      isKeyThere ? memoryVault.open(...given) : err({ kind: "stop", message: "Another key sealed it." });
    const bench = createIngestBench({ change: () => ({ vault: { ...memoryVault, open } }) });
    const source = await settled(bench);
    isKeyThere = false;
    await bench.run(source, 3_600, bench.another());
    expect((await bench.record()).health).toMatchObject({ kind: "stopped", message: "Another key sealed it." });
    isKeyThere = true;
    await bench.run(source, 600, bench.another());
    expect((await bench.record()).health.kind).toBe("ok");
  });

  it("because they open somebody else's account are not renewed", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    const renewed = renewals(bench);
    await bench.changeRecord({ accountId: "somebody else" });
    bench.ingest.forget(source.sourceId);
    await bench.run(source, 600);
    expect((await bench.record()).health.kind).toBe("needs_reconnect");
    expect(renewed.count).toBe(0);
  });

  it("are renewed in the way in which they were granted", async () => {
    for (const way of ["login", "consent", null] as const) {
      const bench = createIngestBench({ capabilities: ["oauth", "login", "poll"] });
      const asked: string[] = [];
      const { oauth, login } = bench.world.loaded.provider;
      const answer = (name: string) => async (credentials: Credentials) => {
        asked.push(name);
        bench.world.account(anna).grant = 1;
        return ok(credentials);
      };
      Object.assign(oauth ?? {}, { refresh: answer("consent") });
      Object.assign(login ?? {}, { renew: answer("login") });
      const granting = { way, admit: () => ok(), obtain: async () => ok(bench.world.grantOf(anna)) };
      const connected = await connectGranted(bench.connect, anna, bench.world.loaded, granting, calm);
      bench.world.account(anna).grant = 2;
      await bench.run(connected._unsafeUnwrap().record, 600);
      expect(asked).toEqual([way ?? "consent"]);
    }
  });

  it("that were sealed before it was noted when and how they were granted are read and renewed", async () => {
    const bench = createIngestBench();
    const source = await settled(bench);
    const { credentials, webhookSecret, version } = (await openSecrets(bench.connect, source, calm))._unsafeUnwrap() ?? never();
    const old = new TextEncoder().encode(JSON.stringify({ credentials, webhookSecret }));
    const sealed = (await memoryVault.seal(source, old))._unsafeUnwrap();
    await must(bench.connections.replaceSecrets(source, { sealed, claim: null, version: version + 1 }, calm));
    expect((await openSecrets(bench.connect, source, calm))._unsafeUnwrap()).toMatchObject({ obtainedAt: null, way: null, webhookSecret });
    const renewed = renewals(bench);
    bench.world.account(anna).situate("unauthorized");
    await bench.run(source, 600, bench.another());
    expect([renewed.count, (await bench.record()).health.kind]).toEqual([1, "ok"]);
  });
});

function never(): never {
  throw new Error("nothing is stored");
}
