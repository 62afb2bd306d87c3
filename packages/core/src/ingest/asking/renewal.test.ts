import { describe, expect, it } from "vitest";
import { calm, createReplicas, type Replicas } from "../../../test/replicas.ts";
import { disconnectSource } from "../../connection/disconnect.ts";
import { renewalAt } from "../../connection/renewal-due.ts";
import { replaceSecrets } from "../../connection/secrets.ts";
import { CHECKPOINTS } from "../../ports/checkpoint.ts";
import { seededChance } from "../../testing/seeded-chance.ts";

const HOUR = 3_600;
const MINUTE = 60;

/** Lets time pass and holds every moment of it against the promise that nothing stands still unsaid: within a poll's interval and a few minutes. */
function createWatch(replicas: Replicas): (seconds: number) => Promise<void> {
  let { served } = replicas.vendor;
  let silentSeconds = 0;
  return async (seconds) => {
    for (let passed = 0; passed < seconds; passed += 30) {
      await replicas.run(30);
      silentSeconds = replicas.vendor.served > served ? 0 : silentSeconds + 30;
      served = replicas.vendor.served;
      if (silentSeconds > 18 * MINUTE) expect((await replicas.record()).health.kind).not.toBe("ok");
    }
  };
}

type ReplicasOptions = Parameters<typeof createReplicas>[0];

async function connectedReplicas(options: ReplicasOptions): Promise<Replicas> {
  const replicas = createReplicas(options);
  await replicas.connected();
  return replicas;
}

/** So long after the grant is due to be renewed; nobody has asked for it yet. */
async function atRenewal(options: ReplicasOptions, moreSeconds = 0): Promise<Replicas> {
  const replicas = await connectedReplicas(options);
  await passToRenewal(replicas, moreSeconds);
  return replicas;
}

function two({ all: [first, second] }: Replicas): readonly [Replicas["all"][number], Replicas["all"][number]] {
  if (first === undefined || second === undefined) throw new Error("fewer than two replicas");
  return [first, second];
}

/** The first that comes to this point dies there. */
async function oneDies(replicas: Replicas, point: (typeof CHECKPOINTS)[number]): Promise<void> {
  for (const replica of replicas.all) replica.dieAt = point;
  await replicas.tendAtOnce(replicas.all.slice(0, 1));
  for (const replica of replicas.all) replica.dieAt = null;
}

function storeBecomes({ faults }: Replicas, mode: Replicas["faults"]["mode"]): () => Promise<void> {
  return async () => {
    faults.mode = mode;
  };
}

async function passToRenewal(replicas: Replicas, more = 0): Promise<void> {
  const at = renewalAt(await replicas.secrets());
  replicas.pass((at ?? 0) - replicas.now() + more);
}

describe("eight processes over one store", () => {
  it("renew a grant exactly once per expiry, a thousand times over, and no grant is lost", async () => {
    const replicas = await connectedReplicas({ count: 8, seed: 7 });
    const { vendor } = replicas;
    const chance = seededChance(11);
    for (let expiry = 1; expiry <= 1_000; expiry++) {
      // Early in the last quarter, late in it, or when all of them have slept beyond the end.
      await passToRenewal(replicas, Math.floor(chance() * 1.3 * 1_800));
      vendor.oldAccessDies = chance() < 0.3;
      await replicas.tendAtOnce(replicas.all);
      // Long enough after it for another poll to be made at once.
      replicas.pass(61);
      const { served } = vendor;
      await replicas.tendAtOnce(replicas.all);
      expect([expiry, vendor.renewals.length, vendor.asked]).toEqual([expiry, expiry, expiry]);
      expect(vendor.served - served, "all of them go on").toBe(8);
    }
    expect([vendor.reuses, replicas.reconnectsAsked(), replicas.lost()]).toEqual([0, 0, 0]);
  }, 120_000);
});

describe("a grant of which a quarter of its life is left", () => {
  it("is renewed at a slot, not before, and nothing is asked more often for it", async () => {
    const replicas = await connectedReplicas({ count: 1 });
    await replicas.run(1.5 * HOUR - MINUTE);
    expect(replicas.vendor.asked).toBe(0);
    await replicas.run(16 * MINUTE);
    expect(replicas.vendor.asked).toBe(1);
    const { served } = replicas.vendor;
    await replicas.run(24 * HOUR);
    expect(replicas.vendor.served - served).toBeLessThanOrEqual(97);
    expect(replicas.vendor.refusedData).toBe(0);
  });

  it("is renewed in time where polls are rarer than that", async () => {
    const replicas = await connectedReplicas({ count: 1, pollIntervalSeconds: 12 * HOUR });
    await replicas.run(48 * HOUR);
    expect(replicas.vendor.renewals.length).toBeGreaterThanOrEqual(31);
    expect(replicas.vendor.asked).toBeLessThanOrEqual(33);
    expect(replicas.vendor.refusedData).toBe(0);
  });

  it("is kept alive where nothing is ever polled", async () => {
    const replicas = await connectedReplicas({ count: 2, capability: "webhook", pollIntervalSeconds: 900 });
    await replicas.run(48 * HOUR);
    expect(replicas.vendor.asked).toBeGreaterThanOrEqual(27);
    expect(replicas.vendor.asked).toBe(replicas.vendor.renewals.length);
    expect((await replicas.secrets()).credentials.expiresAt).toBeGreaterThan(replicas.now());
  });

  it("that lives for hardly a moment is not renewed without end", async () => {
    const replicas = await connectedReplicas({ count: 1, lifeSeconds: 1, pollIntervalSeconds: 12 * HOUR });
    await replicas.run(HOUR);
    expect(replicas.vendor.asked).toBeLessThanOrEqual(70);
  });

  it("that does not run out is never renewed", async () => {
    const replicas = await connectedReplicas({ count: 1, lifeSeconds: null, pollIntervalSeconds: 12 * HOUR });
    await replicas.run(48 * HOUR);
    expect(replicas.vendor.asked).toBe(0);
  });
});

describe("a token endpoint that fails", () => {
  it("every night for an hour asks nobody to connect again, and polls go on while the old token works", async () => {
    const replicas = await connectedReplicas({ count: 3, seed: 3 });
    for (let night = 0; night < 14; night++) {
      replicas.vendor.tokenEndpoint = "well";
      await replicas.run(23 * HOUR);
      expect((await replicas.record()).health.kind).toBe("ok");
      replicas.vendor.tokenEndpoint = "down";
      await replicas.run(20 * MINUTE);
      expect((await replicas.record()).health.kind).toBe("ok");
      await replicas.run(40 * MINUTE);
    }
    replicas.vendor.tokenEndpoint = "well";
    await replicas.run(30 * MINUTE);
    expect((await replicas.record()).health.kind).toBe("ok");
    expect([replicas.reconnectsAsked(), replicas.vendor.reuses, replicas.lost()]).toEqual([0, 0, 0]);
  });

  it("until the token has ended is told as what it is, and over when it answers again", async () => {
    const replicas = await connectedReplicas({ count: 1 });
    replicas.vendor.tokenEndpoint = "down";
    await replicas.run(3 * HOUR);
    expect((await replicas.record()).health.kind).toBe("failing");
    replicas.vendor.tokenEndpoint = "well";
    await replicas.run(20 * MINUTE);
    expect((await replicas.record()).health.kind).toBe("ok");
  });

  it("with an answer that nobody can read is a bug only once the token has ended", async () => {
    const replicas = await atRenewal({ count: 1 });
    replicas.vendor.tokenEndpoint = "confused";
    await replicas.tendAtOnce(replicas.all);
    expect((await replicas.record()).health.kind).toBe("ok");
    expect(replicas.vendor.served).toBe(1);
    expect(replicas.warnings.join()).toContain("could not be renewed");
  });

  it("for four hours every night, by refusing everybody and not saying why, asks nobody to connect again", async () => {
    const replicas = await connectedReplicas({ count: 3, seed: 4 });
    for (let night = 0; night < 14; night++) {
      replicas.vendor.tokenEndpoint = "vague";
      await replicas.run(4 * HOUR);
      expect((await replicas.record()).health.kind).toBe("failing");
      replicas.vendor.tokenEndpoint = "well";
      await replicas.run(20 * HOUR);
      expect((await replicas.record()).health.kind).toBe("ok");
    }
    expect([replicas.reconnectsAsked(), replicas.vendor.reuses, replicas.lost()]).toEqual([0, 0, 0]);
  });

  it("by refusing one grant and not saying why asks the person after a day of nothing else, once, and not before", async () => {
    const replicas = await atRenewal({ count: 3, seed: 5 });
    replicas.vendor.tokenEndpoint = "vague";
    await replicas.handOver(two(replicas)[0]);
    await replicas.run(23 * HOUR);
    expect((await replicas.record()).health.kind).toBe("failing");
    await replicas.run(4 * HOUR);
    const { health } = await replicas.record();
    expect(health).toMatchObject({ kind: "needs_reconnect", message: expect.stringContaining("Connect again") });
    const { asked } = replicas.vendor;
    await replicas.run(4 * HOUR);
    expect([replicas.reconnectsAsked(), replicas.vendor.asked]).toEqual([1, asked]);
    replicas.vendor.tokenEndpoint = "well";
    await replicas.connected();
    await replicas.run(5 * HOUR);
    expect((await replicas.record()).health.kind).toBe("ok");
  });

  it("by refusing one grant and not saying why is found out although it is down for an hour of every night", async () => {
    const replicas = await atRenewal({ count: 1 });
    for (let night = 0; night < 2; night++) {
      replicas.vendor.tokenEndpoint = "vague";
      await replicas.run(23 * HOUR);
      expect((await replicas.record()).health.kind).toBe(night === 0 ? "failing" : "needs_reconnect");
      replicas.vendor.tokenEndpoint = "down";
      await replicas.run(HOUR);
    }
  });

  it("for days, refusing now and away then, asks nobody: it is the vendor's trouble", async () => {
    const replicas = await atRenewal({ count: 1 });
    for (let half = 0; half < 4 * 24 * 6; half++) {
      replicas.vendor.tokenEndpoint = half % 2 === 0 ? "vague" : "down";
      await replicas.run(10 * MINUTE);
    }
    replicas.vendor.tokenEndpoint = "well";
    await replicas.run(20 * MINUTE);
    expect((await replicas.record()).health.kind).toBe("ok");
    expect(replicas.reconnectsAsked()).toBe(0);
  });

  it("by refusing a grant and not saying why ends nothing while the old access works", async () => {
    const replicas = await atRenewal({ count: 1, lifeSeconds: 20 * 24 * HOUR });
    replicas.vendor.tokenEndpoint = "vague";
    await replicas.run(3 * 24 * HOUR);
    const { served } = replicas.vendor;
    await replicas.run(HOUR);
    expect((await replicas.record()).health.kind).toBe("ok");
    expect(replicas.vendor.served).toBeGreaterThan(served);
    await replicas.run(2 * 24 * HOUR);
    expect((await replicas.record()).health.kind).toBe("needs_reconnect");
  });

  it("by refusing for a day what somebody else has renewed at the last moment is not believed", async () => {
    const replicas = await atRenewal({ count: 1 });
    replicas.vendor.tokenEndpoint = "vague";
    let refusedSince: number | null = null;
    let renewedElsewhere = 0;
    replicas.vendor.meanwhile = async () => {
      refusedSince ??= replicas.now();
      if (replicas.now() - refusedSince < 24 * HOUR || renewedElsewhere++ > 0) return;
      const { version, ...secrets } = await replicas.secrets();
      const renewed = { ...secrets, credentials: replicas.vendor.consent().credentials };
      (await replaceSecrets(replicas.connect, await replicas.record(), renewed, version, calm))._unsafeUnwrap();
    };
    await replicas.run(26 * HOUR);
    expect([renewedElsewhere > 0, (await replicas.record()).health.kind, replicas.reconnectsAsked()]).toEqual([true, "ok", 0]);
  });

  it("by losing an answer costs a reconnect, and no more than one", async () => {
    const replicas = await atRenewal({ count: 3 });
    replicas.vendor.tokenEndpoint = "losing";
    await replicas.tendAtOnce(replicas.all.slice(0, 1));
    replicas.vendor.tokenEndpoint = "well";
    await replicas.run(2 * HOUR);
    expect((await replicas.record()).health.kind).toBe("needs_reconnect");
    expect([replicas.reconnectsAsked(), replicas.lost()]).toEqual([1, 1]);
    await replicas.connected();
    await replicas.run(5 * HOUR);
    expect((await replicas.record()).health.kind).toBe("ok");
  });

  it("because the person took their consent back asks them, once", async () => {
    const replicas = await atRenewal({ count: 8 });
    replicas.vendor.revoke();
    await replicas.tendAtOnce(replicas.all);
    await replicas.run(2 * HOUR);
    expect((await replicas.record()).health.kind).toBe("needs_reconnect");
    expect([replicas.reconnectsAsked(), replicas.vendor.asked]).toEqual([1, 1]);
  });
});

describe("a process that dies while it renews", () => {
  const points = CHECKPOINTS.filter((name) => name.startsWith("refresh."));
  const moments = points.flatMap((point) => [0, 1_700, 3_000].map((late) => [point, late] as const));

  it.each(moments)("at %s, %i s late, leaves nobody in a silent stall", async (point, late) => {
    const replicas = await atRenewal({ count: 3, seed: late + point.length }, late);
    await oneDies(replicas, point);
    await replicas.run(45 * MINUTE);
    const { served } = replicas.vendor;
    await replicas.run(31 * MINUTE);
    const isAsked = (await replicas.record()).health.kind === "needs_reconnect";
    expect(isAsked).toBe(point === "refresh.after_response");
    if (!isAsked) expect(replicas.vendor.served).toBeGreaterThan(served);
    expect(replicas.reconnectsAsked()).toBeLessThanOrEqual(replicas.lost());
    if (point !== "refresh.after_response") expect(replicas.vendor.reuses).toBe(0);
  });

  /** The access has ended, and whoever was renewing it is dead; from then on, what is promised of every moment. */
  async function afterDeath(replicas: Replicas, point: (typeof points)[number]): Promise<void> {
    await replicas.connected();
    await passToRenewal(replicas, 1_700);
    await oneDies(replicas, point);
    replicas.pass(2 * MINUTE);
  }

  it.each(points)("at %s, while everybody is started anew every few minutes, leaves nobody in a silent stall", async (point) => {
    for (const everyMinutes of [3, 5, 7]) {
      const replicas = createReplicas({ count: 2, seed: everyMinutes });
      await afterDeath(replicas, point);
      const watch = createWatch(replicas);
      for (let passed = 0; passed < 60; passed += everyMinutes) {
        for (const replica of [...replicas.all]) replicas.restart(replica);
        await watch(everyMinutes * MINUTE);
      }
      const isAsked = (await replicas.record()).health.kind === "needs_reconnect";
      expect([everyMinutes, isAsked]).toEqual([everyMinutes, point === "refresh.after_response"]);
      expect(replicas.reconnectsAsked()).toBeLessThanOrEqual(replicas.lost());
      if (!isAsked) expect(replicas.vendor.renewals).toHaveLength(1);
    }
  });

  it("and is survived has the others say that readings wait, and when they go on; then they do", async () => {
    const replicas = createReplicas({ count: 3 });
    await afterDeath(replicas, "refresh.before_request");
    await replicas.run(3 * MINUTE);
    const { health } = await replicas.record();
    if (health.kind !== "failing") throw new Error(health.kind);
    expect(health.message).toMatch(/Readings wait .* goes on by itself by \d\d:\d\d UTC/);
    const promised = /by (\d\d:\d\d) UTC/.exec(health.message)?.[1] ?? "";
    const clockTime = () => new Date(replicas.now() * 1000).toISOString().slice(11, 16);
    while (clockTime() < promised) await replicas.run(30);
    expect([replicas.vendor.renewals.length, replicas.vendor.served > 0]).toEqual([1, true]);
    expect((await replicas.record()).health.kind).toBe("ok");
    expect(replicas.warnings.filter((message) => message.includes("Readings wait")).length).toBeLessThanOrEqual(3);
  });

  it("while its access still works leaves nothing to tell", async () => {
    const replicas = await atRenewal({ count: 3 }, 60);
    await oneDies(replicas, "refresh.before_request");
    for (let passed = 0; passed < 60; passed++) {
      await replicas.run(MINUTE);
      expect((await replicas.record()).health.kind).toBe("ok");
    }
    expect(replicas.warnings).toEqual([]);
  });

  it.each(moments)(
    "at %s, %i s late, where a lock says that nobody else lives, is followed by one that goes on at once",
    async (point, late) => {
      const replicas = await atRenewal({ count: 1, seed: late + point.length, isAlone: true }, late);
      for (const replica of replicas.all) replica.dieAt = point;
      await replicas.tendAtOnce(replicas.all);
      const { served } = replicas.vendor;
      await replicas.run(16 * MINUTE);
      const isAsked = (await replicas.record()).health.kind === "needs_reconnect";
      expect(isAsked).toBe(point === "refresh.after_response");
      if (!isAsked) expect(replicas.vendor.served).toBeGreaterThan(served);
      expect([replicas.vendor.renewals.length, replicas.lost()]).toEqual([1, isAsked ? 1 : 0]);
      expect(replicas.reconnectsAsked()).toBeLessThanOrEqual(replicas.lost());
      expect(replicas.warnings.join()).not.toContain("Readings wait");
    },
  );

  it("is taken for dead no sooner than after a minute by one's own clock, however old its claim says that it is", async () => {
    const replicas = await atRenewal({ count: 2 }, 1_000);
    const [first, second] = two(replicas);
    first.dieAt = "refresh.before_request";
    await replicas.tendAtOnce([first]);
    replicas.jump(6 * HOUR);
    for (let waited = 0; waited < 2 * MINUTE; waited += 15) {
      await replicas.tendAtOnce([second]);
      expect(replicas.vendor.asked).toBe(0);
      replicas.pass(15);
    }
    await replicas.run(4 * MINUTE, [second]);
    expect(replicas.vendor.renewals).toHaveLength(1);
  });

  it("is taken for dead after ten minutes by one's own clock, whatever the one on the wall says", async () => {
    const replicas = await atRenewal({ count: 2 }, 1_000);
    const [first, second] = two(replicas);
    first.dieAt = "refresh.before_request";
    await replicas.tendAtOnce([first]);
    await replicas.tendAtOnce([second]);
    replicas.jump(6 * HOUR);
    for (let waited = 0; waited < 9 * MINUTE; waited += 30) {
      replicas.pass(30);
      await replicas.tendAtOnce([second]);
    }
    expect(replicas.vendor.asked).toBe(0);
    await replicas.run(4 * MINUTE, [second]);
    expect(replicas.vendor.renewals).toHaveLength(1);
  });

  it("costs whoever waits for it no call of what the vendor allows", async () => {
    const replicas = await connectedReplicas({ count: 2 });
    replicas.pass(((await replicas.secrets()).credentials.expiresAt ?? 0) - replicas.now());
    const [first, second] = two(replicas);
    first.dieAt = "refresh.before_request";
    await replicas.tendAtOnce([first]);
    const leased = replicas.leased();
    while (replicas.vendor.asked === 0) {
      expect(replicas.leased()).toBe(leased);
      replicas.pass(30);
      await replicas.tendAtOnce([second]);
    }
    expect(replicas.vendor.renewals).toHaveLength(1);
    // To renew, and to ask for data.
    expect(replicas.leased()).toBe(leased + 2);
  });
});

describe("a store that is away between the answer and the storing", () => {
  it("gets what was renewed once it is back, and nobody uses it before", async () => {
    const replicas = await atRenewal({ count: 2 }, 600);
    const before = await replicas.secrets();
    replicas.vendor.meanwhile = storeBecomes(replicas, "away");
    await replicas.tendAtOnce(replicas.all.slice(0, 1));
    expect(replicas.vendor.renewals).toHaveLength(1);
    expect(replicas.warnings.join()).toContain("kept in memory");
    replicas.vendor.meanwhile = async () => undefined;
    const { served } = replicas.vendor;
    await replicas.run(HOUR);
    expect(replicas.vendor.served).toBe(served);
    expect((await replicas.secrets()).credentials).toEqual(before.credentials);
    replicas.faults.mode = "there";
    await replicas.run(MINUTE);
    expect((await replicas.secrets()).credentials.value).toEqual(replicas.vendor.renewals[0]);
    await replicas.run(HOUR);
    expect((await replicas.record()).health.kind).toBe("ok");
    expect([replicas.reconnectsAsked(), replicas.vendor.reuses, replicas.lost()]).toEqual([0, 0, 0]);
  });

  it.each([1, 5, 9, 12, 60].flatMap((outage) => [0, 0.5, 0.9].map((moment) => [outage, moment * outage] as const)))(
    "for %d minutes has what was renewed, though after %d of them the source became another replica's",
    async (outageMinutes, handedOverMinutes) => {
      for (const seed of [1, 2, 3]) {
        const replicas = await atRenewal({ count: 2, seed, backoff: { firstSeconds: 15, longestSeconds: 900 } }, 600);
        const [before, next] = two(replicas);
        replicas.vendor.meanwhile = storeBecomes(replicas, "away");
        await replicas.handOver(before);
        await replicas.tendAtOnce([before]);
        replicas.vendor.meanwhile = async () => undefined;
        await replicas.run(handedOverMinutes * MINUTE);
        await replicas.handOver(next);
        await replicas.run((outageMinutes - handedOverMinutes) * MINUTE);
        replicas.faults.mode = "there";
        await replicas.run(3 * HOUR);
        expect([replicas.reconnectsAsked(), replicas.vendor.reuses, replicas.lost()]).toEqual([0, 0, 0]);
        expect((await replicas.record()).health.kind).toBe("ok");
      }
    },
  );

  it("gets what was renewed of a replica that is told to stop, if it is back within the grace", async () => {
    const replicas = await atRenewal({ count: 2 }, 600);
    const [stopping] = two(replicas);
    replicas.vendor.meanwhile = storeBecomes(replicas, "away");
    await replicas.tendAtOnce([stopping]);
    replicas.vendor.meanwhile = async () => undefined;
    await replicas.stop(stopping, async (waitedSeconds) => {
      if (waitedSeconds === 9) replicas.faults.mode = "there";
    });
    expect(replicas.lost()).toBe(0);
    await replicas.run(3 * HOUR);
    expect([replicas.reconnectsAsked(), replicas.vendor.reuses, replicas.lost()]).toEqual([0, 0, 0]);
  });

  it("gets it from a source that nobody tends any more, too", async () => {
    const replicas = createReplicas({ count: 1 });
    const { sourceId } = await replicas.connected();
    await passToRenewal(replicas, 600);
    replicas.vendor.meanwhile = storeBecomes(replicas, "away");
    await replicas.tendAtOnce(replicas.all);
    replicas.faults.mode = "there";
    for (const { ingest } of replicas.all) {
      ingest.forget(sourceId);
      expect(await ingest.storeRenewed()).toBe(0);
    }
    expect(replicas.lost()).toBe(0);
  });

  it("and that took it without saying so has it, once", async () => {
    const replicas = await atRenewal({ count: 1 }, 600);
    replicas.vendor.meanwhile = storeBecomes(replicas, "mute");
    await replicas.tendAtOnce(replicas.all);
    replicas.faults.mode = "there";
    replicas.vendor.meanwhile = async () => undefined;
    await replicas.run(HOUR);
    expect([replicas.vendor.asked, replicas.lost(), replicas.reconnectsAsked()]).toEqual([1, 0, 0]);
  });

  it("does not have the grant spent when it takes no claim", async () => {
    const replicas = await atRenewal({ count: 2 }, 600);
    replicas.faults.mode = "away";
    await replicas.tendAtOnce(replicas.all);
    await replicas.run(HOUR);
    expect(replicas.vendor.asked).toBe(0);
  });
});

describe("a holder that is slow", () => {
  async function slowAnswer(replicas: Replicas, meanwhile: () => Promise<void>): Promise<void> {
    let isFirst = true;
    replicas.vendor.meanwhile = async () => {
      if (!isFirst) return;
      isFirst = false;
      await meanwhile();
    };
    await replicas.tendAtOnce(replicas.all.slice(0, 1));
  }

  it("and is taken for dead stores what it got over the other's claim, before the other spends the grant", async () => {
    const replicas = createReplicas({ count: 2 });
    const source = await replicas.connected();
    await passToRenewal(replicas, 600);
    const before = await replicas.connections.secretsOf(source, calm);
    await slowAnswer(replicas, async () => {
      for (let waited = 0; waited <= 10.5 * MINUTE; waited += 30) {
        (await replicas.outsider.wantPoll(source, calm))._unsafeUnwrap();
        await replicas.outsider.tend(source, "live", calm);
        replicas.pass(30);
      }
      const claimed = (await replicas.connections.secretsOf(source, calm))._unsafeUnwrap();
      expect((claimed?.version ?? 0) - (before._unsafeUnwrap()?.version ?? 0), "both have claimed").toBe(2);
    });
    expect((await replicas.secrets()).credentials.value).toEqual(replicas.vendor.renewals[0]);
    await replicas.outsider.tend(source, "live", calm);
    await replicas.run(3 * HOUR);
    expect([replicas.vendor.reuses, replicas.lost(), replicas.reconnectsAsked()]).toEqual([0, 0, 0]);
  });

  it("drops what it got when the person has connected anew meanwhile", async () => {
    const replicas = await atRenewal({ count: 2 }, 600);
    await slowAnswer(replicas, async () => void (await replicas.connected()));
    expect((await replicas.secrets()).credentials.value).toMatchObject({ family: 2, generation: 1 });
    await replicas.run(5 * HOUR);
    expect((await replicas.record()).health.kind).toBe("ok");
    expect(replicas.reconnectsAsked()).toBe(0);
  });

  it("is not believed to be refused when somebody else has stored other credentials meanwhile", async () => {
    const replicas = createReplicas({ count: 2 });
    const source = await replicas.connected();
    await passToRenewal(replicas, 600);
    replicas.vendor.tokenEndpoint = "refusing";
    await slowAnswer(replicas, async () => {
      const stored = await replicas.secrets();
      const next = { ...stored, credentials: replicas.vendor.consent().credentials, obtainedAt: replicas.now() };
      (await replaceSecrets(replicas.connect, source, next, stored.version, calm))._unsafeUnwrap();
    });
    replicas.vendor.tokenEndpoint = "well";
    await replicas.run(5 * HOUR);
    expect((await replicas.record()).health.kind).toBe("ok");
    expect(replicas.reconnectsAsked()).toBe(0);
  });

  it("is not called off when its source is forgotten: what it gets is stored", async () => {
    const replicas = createReplicas({ count: 1 });
    const { sourceId } = await replicas.connected();
    await passToRenewal(replicas, 600);
    await slowAnswer(replicas, async () => replicas.all[0]?.ingest.forget(sourceId));
    expect((await replicas.secrets()).credentials.value).toEqual(replicas.vendor.renewals[0]);
    expect(replicas.lost()).toBe(0);
  });

  it("stores nothing for a person who was erased meanwhile, and brings nobody back", async () => {
    const replicas = createReplicas({ count: 2 });
    const record = await replicas.connected();
    await passToRenewal(replicas, 600);
    await slowAnswer(replicas, async () => void (await replicas.outsider.erase(record.userId, calm))._unsafeUnwrap());
    await replicas.run(2 * HOUR);
    expect((await replicas.connections.secretsOf(record, calm))._unsafeUnwrap()).toBeNull();
    expect((await replicas.record()).phase).toBe("erased");
  });

  it("stores nothing for a source that was disconnected meanwhile, and asks for nothing more", async () => {
    const replicas = createReplicas({ count: 1 });
    const record = await replicas.connected();
    await passToRenewal(replicas, 600);
    await slowAnswer(replicas, async () => {
      const now = await disconnectSource(replicas.connections, record.userId, record.provider, replicas.now(), calm);
      now._unsafeUnwrap();
    });
    await replicas.run(2 * HOUR);
    expect((await replicas.connections.secretsOf(record, calm))._unsafeUnwrap()?.sealed).toBeNull();
    expect([replicas.vendor.asked, replicas.vendor.served]).toEqual([1, 0]);
    expect(await replicas.record()).toMatchObject({ phase: "disconnected", health: { kind: "ok" } });
    expect(replicas.warnings).toEqual([]);
  });

  it("stores nothing over the credentials of a person who disconnected and connected again meanwhile", async () => {
    const replicas = createReplicas({ count: 1 });
    const record = await replicas.connected();
    await passToRenewal(replicas, 600);
    await slowAnswer(replicas, async () => {
      const now = await disconnectSource(replicas.connections, record.userId, record.provider, replicas.now(), calm);
      now._unsafeUnwrap();
      await replicas.connected();
    });
    expect((await replicas.secrets()).credentials.value).toMatchObject({ family: 2, generation: 1 });
    await replicas.run(5 * HOUR);
    expect((await replicas.record()).health.kind).toBe("ok");
    expect(replicas.reconnectsAsked()).toBe(0);
  });
});
