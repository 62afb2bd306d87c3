import { describe, expect, it } from "vitest";
import { anna, calm, createIngestBench, type IngestBench, measured, must } from "../../../test/ingest-bench.ts";
import { connectSource } from "../../connection/connect.ts";
import { overviewOf } from "../../connection/overview.ts";
import type { Credentials } from "../../ports/cgm-provider.ts";
import type { LoadedProvider } from "../../ports/loaded-provider.ts";
import type { SourceRecord } from "../../ports/source-record.ts";

const HOUR = 3_600;
const NEAR_SECONDS = HOUR;
const FAR_SECONDS = 3 * HOUR;

/** The account says where a connection was made: it stands in the credentials, as an address may. */
const delayOf = ({ value }: Credentials) => (JSON.stringify(value).includes("far") ? FAR_SECONDS : NEAR_SECONDS);

/** A provider that shows readings later in some places than in others, with settings that name this place. */
function placed(bench: IngestBench, settingsSeconds: number): LoadedProvider {
  const { loaded } = bench.world;
  const traits = { ...loaded.traits, publicationDelaySeconds: settingsSeconds };
  const traitsOf = (credentials: Credentials) => ({ ...traits, publicationDelaySeconds: delayOf(credentials) });
  return { ...loaded, traits, traitsOf };
}

/** A service that is started with settings that name a place. */
function started(settingsSeconds: number) {
  const bench: IngestBench = createIngestBench({ capabilities: ["login", "poll"] });
  const configure = (seconds: number, loaded = placed(bench, seconds)) => {
    Object.assign(bench.deps, { providers: new Map([[loaded.name, loaded]]) });
    bench.ingest = bench.another();
  };
  configure(settingsSeconds);
  const state = async () => {
    const { connections, readings, providers } = bench.deps;
    const of = { connections, readings, providers, pollIntervalSeconds: 300 };
    return (await must(overviewOf(of, anna, bench.now(), calm)))[0];
  };
  const connect = async (account: string) => {
    const loaded = bench.deps.providers.get(bench.world.loaded.name) ?? bench.world.loaded;
    return (await must(connectSource(bench.connect, anna, loaded, { ...bench.world.grantOf(account), accountId: null }, calm))).record;
  };
  return { bench, configure, state, connect };
}

/** What is measured is shown so much later. */
async function liveFor(bench: IngestBench, source: SourceRecord, seconds: number, delaySeconds: number, account: string) {
  for (let passed = 0; passed < seconds; passed += 300) {
    measured(bench, bench.now() - delaySeconds, bench.now() - delaySeconds, 300, account);
    await bench.run(source, 300, bench.ingest);
  }
}

describe("a connection that was made in one place, in a service whose settings name another one", () => {
  it("is as healthy as its own place allows, and no more", async () => {
    for (const [account, own, other] of [
      ["anna.far", FAR_SECONDS, NEAR_SECONDS],
      ["anna.near", NEAR_SECONDS, FAR_SECONDS],
    ] as const) {
      const { bench, configure, state, connect } = started(own);
      const source = await connect(account);
      await liveFor(bench, source, HOUR, own, account);
      expect((await state())?.state, account).toBe("healthy");
      configure(other);
      await liveFor(bench, source, HOUR, own, account);
      expect((await state())?.state, account).toBe("healthy");
      expect((await state())?.lagSeconds).toBeLessThanOrEqual(600);
      await bench.run(source, HOUR);
      expect((await state())?.state, "nothing came for an hour").toBe("delayed");
    }
  });

  it("and that an older version made, learns where that was from its credentials, once", async () => {
    const { bench, configure, state, connect } = started(FAR_SECONDS);
    const source = await connect("anna.far");
    await liveFor(bench, source, HOUR, FAR_SECONDS, "anna.far");
    const { traits: _, ...older } = await bench.record();
    await must(bench.connections.replaceRecord({ ...older, version: older.version + 1 }, older.version, calm));
    configure(NEAR_SECONDS);
    expect((await state())?.state, "nobody has looked yet").toBe("delayed");
    await liveFor(bench, source, 300, FAR_SECONDS, "anna.far");
    expect((await state())?.state).toBe("healthy");
    const { length } = bench.written.records;
    await liveFor(bench, source, HOUR, FAR_SECONDS, "anna.far");
    bench.ingest = bench.another();
    await liveFor(bench, source, HOUR, FAR_SECONDS, "anna.far");
    expect(bench.written.records).toHaveLength(length);
  });

  it("takes its place from the new credentials when the person connects again elsewhere", async () => {
    const { bench, connect } = started(NEAR_SECONDS);
    const source = await connect("anna.far");
    expect((await bench.record()).traits?.publicationDelaySeconds).toBe(FAR_SECONDS);
    await connect("anna.near");
    bench.ingest.forget(source.sourceId);
    await bench.run(source, 600);
    expect((await bench.record()).traits?.publicationDelaySeconds).toBe(NEAR_SECONDS);
  });

  it("is asked as far back as its own place shows readings late, and as often as its own ladder says", async () => {
    const { bench, configure } = started(NEAR_SECONDS);
    const { loaded } = bench.world;
    const rung = { everySeconds: HOUR, lookBackSeconds: 20 * HOUR };
    const own = { ...loaded.traits, rePull: [rung] };
    configure(NEAR_SECONDS, { ...loaded, traits: { ...loaded.traits, rePull: [] }, traitsOf: () => own });
    const { record } = await bench.connected();
    await liveFor(bench, record, HOUR, 0, "anna");
    const before = bench.world.asked.length;
    await liveFor(bench, record, 3 * HOUR, 0, "anna");
    const wide = bench.world.asked.slice(before).filter(({ from, to }) => to - from >= rung.lookBackSeconds);
    expect(wide.length).toBeGreaterThanOrEqual(2);
    expect(wide.length).toBeLessThanOrEqual(4);
  });

  it("says nothing of it any more once the person is erased", async () => {
    const { bench, connect } = started(NEAR_SECONDS);
    await connect("anna.far");
    await must(bench.ingest.erase(anna, calm));
    expect(JSON.stringify(await bench.record())).not.toContain("publicationDelaySeconds");
  });
});
