import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { BgEvent, CheckpointName, Instant, Span } from "@bg-ingest/core";
import { createManualTime } from "@bg-ingest/core/testing";
import { createMockProvider, createMockWorld, MOCK_PASSWORD } from "@bg-ingest/provider-mock";
import { STORE_FILE_NAME } from "@bg-ingest/store-sqlite";
import { expect } from "vitest";
import { createHost } from "../../src/create-host.ts";
import { eventIdsOf, readStore, type StoredSource } from "../kill/stored-days.ts";
import { newDataDir } from "../running-host.ts";
import { gatedVendor } from "./gated-vendor.ts";
import { type Act, PEOPLE, type Person, type Step } from "./step.ts";

const START_MS = Date.UTC(2026, 2, 1, 6);
const HOUR = 3_600;
const HISTORY_DAYS = 3;
const STRIDE_SECONDS = 200;
const STORE_FILES = [STORE_FILE_NAME, `${STORE_FILE_NAME}-wal`];

interface Consent {
  readonly who: Person;
  readonly authorizationUrl: URL;
  readonly cookie: string;
  readonly begunAct: number;
}

/** An act by its number: when it was begun and when answered, on one count of both. */
interface Done {
  readonly act: Act;
  readonly who: Person;
  readonly begun: number;
  readonly answered: number;
  readonly status: number;
}

/** A whole service in a time of its own, with a vendor that can be held; lives through what it is told to and is compared with the truth. */
export async function holdLifecycle(steps: readonly Step[]): Promise<void> {
  const manual = createManualTime(START_MS);
  const time = { ...manual, soon: (work: () => void) => void setImmediate(work) };
  const vendor = gatedVendor(createMockWorld({ clock: time, historyDays: HISTORY_DAYS }));
  const dataDir = newDataDir();
  const events: BgEvent[] = [];
  const done: Done[] = [];
  const secrets = new Map<Person, string>();
  const consents: Consent[] = [];
  const armed: { readonly moment: CheckpointName; readonly act: Act }[] = [];
  const inFlight = new Set<Promise<void>>();
  let count = 0;
  let activity = 0;

  const created = await createHost({
    environment: {
      DATA_DIR: dataDir,
      PORT: "0",
      DEMO: "off",
      LOG_LEVEL: "silent",
      POLL_INTERVAL_SECONDS: String(HOUR),
      PUBLIC_URL: "http://localhost:5001",
      PROVIDER_DEADLINE_SECONDS: "300",
    },
    envFile: "/dev/null",
    importModule: (name) => import(name),
    providers: [createMockProvider({ world: vendor.world })],
    time,
    onEvent: (event) => void events.push(event),
    checkpoint(name) {
      activity++;
      const at = armed.findIndex(({ moment }) => moment === name);
      const [next] = at === -1 ? [] : armed.splice(at, 1);
      if (next !== undefined) begin(next.act);
    },
  });
  const host = created._unsafeUnwrap();
  const { url } = (await host.start())._unsafeUnwrap();

  async function ask(
    method: string,
    path: string,
    body: string | Uint8Array<ArrayBuffer> | null = null,
    headers: Record<string, string> = {},
  ) {
    const answer = await fetch(`${url}${path}`, { method, headers, body });
    const text = await answer.text();
    activity++;
    return { status: answer.status, text, cookie: answer.headers.get("set-cookie") ?? "" };
  }

  const askJson = (method: string, path: string, body: object) =>
    ask(method, path, JSON.stringify(body), { "content-type": "application/json" });

  function begin(act: Act): void {
    const work = perform(act);
    inFlight.add(work);
    void work.finally(() => inFlight.delete(work));
  }

  async function perform(act: Act): Promise<void> {
    const begun = ++count;
    const consent = act.kind === "finish_consent" ? consents.splice(act.which % Math.max(1, consents.length), 1)[0] : undefined;
    const who = "who" in act ? act.who : consent?.who;
    if (who === undefined) return;
    const answer = await send(act, who, consent, begun);
    if (answer === null) return;
    expect(answer.status, `${JSON.stringify(act)}: ${answer.text}`).not.toBe(500);
    done.push({ act, who, begun: consent?.begunAct ?? begun, answered: ++count, status: answer.status });
  }

  async function send(act: Act, who: Person, consent: Consent | undefined, begun: number) {
    switch (act.kind) {
      case "connect":
        return remembered(
          who,
          await askJson("POST", `/api/connections/${who}/mock`, { user: who, ...(act.withPassword && { password: MOCK_PASSWORD }) }),
        );
      case "begin_consent": {
        const answer = await ask("POST", `/api/connections/${who}/mock`);
        if (answer.status !== 200) return answer;
        const authorizationUrl = new URL(JSON.parse(answer.text).authorization_url as string);
        consents.push({ who, authorizationUrl, cookie: answer.cookie.split(";")[0] ?? "", begunAct: begun });
        return null;
      }
      case "finish_consent": {
        if (consent === undefined) return null;
        consent.authorizationUrl.searchParams.set("login_hint", who);
        const { search } = vendor.consent(consent.authorizationUrl);
        return remembered(who, await ask("GET", `/api/oauth/mock/callback${search}`, null, { cookie: consent.cookie }));
      }
      case "disconnect":
        return ask("DELETE", `/api/connections/${who}/mock`);
      case "erase":
        return ask("DELETE", `/api/bg/${who}`);
      case "poll_now":
        return ask("POST", `/api/connections/${who}/mock/poll`);
      case "deliver": {
        const secret = secrets.get(who);
        if (secret === undefined) return null;
        const now = Math.floor(time.nowMs() / 1000) as Instant;
        const span = { from: (now - 2 * HOUR) as Instant, to: now };
        const signed = await vendor.world.signDelivery({ account: who, secret, content: { kind: "readings", span } });
        const { body, headers } = signed._unsafeUnwrap();
        return ask("POST", `/api/bg/${who}/webhook`, body, { ...headers });
      }
    }
  }

  function remembered<T extends { readonly status: number; readonly text: string }>(who: Person, answer: T): T {
    if (answer.status >= 300) return answer;
    const secret = (JSON.parse(answer.text) as { readonly webhook: { readonly secret: string | null } }).webhook.secret;
    if (secret !== null) secrets.set(who, secret);
    return answer;
  }

  /** Until nothing happens any more but what is held. */
  async function settle(): Promise<void> {
    for (let calm = 0, seen = -1; calm < 3; ) {
      for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setTimeout(resolve, 1));
      const now = activity + vendor.requests() + events.length;
      calm = now === seen ? calm + 1 : 0;
      seen = now;
    }
  }

  /** In strides shorter than anybody waits for an answer: nobody is late because the time of a test is a leap. */
  async function pass(seconds: number): Promise<void> {
    for (let left = seconds; left > 0; left -= STRIDE_SECONDS) {
      manual.pass(Math.min(left, STRIDE_SECONDS) * 1000);
      await settle();
    }
  }

  /** Whoever is asked meanwhile is late with the answer; it is asked again. */
  async function leap(seconds: number): Promise<void> {
    manual.pass(seconds * 1000);
    await settle();
  }

  async function live(step: Step): Promise<void> {
    switch (step.kind) {
      case "act":
        return begin(step.act);
      case "act_at":
        return void armed.push(step);
      case "hold":
        return vendor.hold(step.endpoint, step.side);
      case "let_go":
        return void vendor.letGo();
      case "settle":
        return settle();
      case "pass":
        return pass(step.seconds);
    }
  }

  async function finishAll(): Promise<void> {
    armed.length = 0;
    while (inFlight.size > 0) {
      vendor.letAllGo();
      await settle();
    }
    vendor.letAllGo();
    await settle();
  }

  /** Whoever was erased, and began nothing new since. */
  function isGone(who: Person): boolean {
    const erased = Math.max(
      0,
      ...done.filter(({ act, who: of, status }) => act.kind === "erase" && of === who && status < 300).map(({ begun }) => begun),
    );
    const isBegunSince = done.some(({ act, who: of, begun, status }) => of === who && isConnecting(act) && status < 300 && begun > erased);
    return erased > 0 && !isBegunSince;
  }

  try {
    for (const step of steps) await live(step);
    await finishAll();
    await pass(HOUR + 1);
    await pass(HOUR + 1);
    await compare();
    for (let hour = 0; hour < 25; hour++) await leap(HOUR);
    await pass(2 * HOUR);
    await compare();
    for (const who of PEOPLE) if (isGone(who)) expect(tracesOf(who), who).toEqual([]);
  } finally {
    await host.stop();
  }

  function tracesOf(who: Person): readonly string[] {
    const files = STORE_FILES.map((name) => join(dataDir, name)).filter((file) => existsSync(file));
    return files.filter((file) => readFileSync(file, "latin1").includes(who));
  }

  async function compare(): Promise<void> {
    const stored = await readStore(dataDir);
    const published = new Set(events.map(({ id }) => id));
    expect(doubled(events.map(({ id }) => id).filter((id) => !id.includes("/connection/")))).toEqual([]);
    for (const who of PEOPLE) {
      const living = stored.filter(({ record }) => record.userId === who && record.phase !== "erased");
      const overview = await ask("GET", `/api/connections/${who}`);
      if (isGone(who)) {
        expect(overview.status, `${who} came back: ${overview.text}`).toBe(404);
        expect((await ask("GET", `/api/bg/${who}/latest`)).status).toBe(404);
        expect(living, who).toEqual([]);
        expect(stored.filter(({ record, logs }) => record.userId === who && logs.length > 0)).toEqual([]);
        continue;
      }
      for (const source of living) {
        expect(eventIdsOf(source).filter((id) => !published.has(id))).toEqual([]);
        await compareReadings(who, source.record.phase === "connected" && !isAskedForCause(source), source.record.connectedAt);
      }
      if (living.some((source) => source.record.phase === "connected" && !isAskedForCause(source))) {
        const { connections } = JSON.parse(overview.text) as { readonly connections: readonly { readonly state: string }[] };
        expect(
          connections.map(({ state }) => state),
          `${who}: ${overview.text}`,
        ).toEqual(["healthy"]);
      }
    }
    compareEvents();
  }

  /** Where the answer to a renewal was lost, only the person can go on. */
  function isAskedForCause({ record }: StoredSource): boolean {
    return record.health.kind === "needs_reconnect" && vendor.renewalsLost() > 0;
  }

  async function compareReadings(who: Person, isWhole: boolean, connectedAt: Instant): Promise<void> {
    const now = Math.floor(time.nowMs() / 1000);
    const all: Span = { from: (now - 10 * 86_400) as Instant, to: (now + 1) as Instant };
    const answer = await ask("GET", `/api/bg/${who}?from=${instantText(all.from)}&to=${instantText(all.to)}&view=all&detail=full`);
    const shown = JSON.parse(answer.text) as readonly { timestamp: string; glucose_mg_dl: number; revision: number }[];
    expect(shown.filter(({ revision }) => revision !== 0)).toEqual([]);
    const truth = vendor.world.records(who, all).map(({ at, value }) => `${instantText(at)} ${value}`);
    const seen = shown.map(({ timestamp, glucose_mg_dl }) => `${timestamp} ${glucose_mg_dl}`);
    expect(doubled(seen), who).toEqual([]);
    const known = new Set(truth);
    expect(
      seen.filter((each) => !known.has(each)),
      who,
    ).toEqual([]);
    if (!isWhole) return;
    const due = vendor.world.records(who, {
      from: (connectedAt - (HISTORY_DAYS - 1) * 86_400 - HOUR) as Instant,
      to: (now - HOUR) as Instant,
    });
    const have = new Set(seen);
    expect(
      due.map(({ at, value }) => `${instantText(at)} ${value}`).filter((each) => !have.has(each)),
      who,
    ).toEqual([]);
  }

  /** Of a source that was erased nothing is told but that; of whoever was erased it is told. */
  function compareEvents(): void {
    const ended = new Set<string>();
    for (const event of events) {
      if (event.type === "bg.user.erased.v1") for (const source of event.data.sources) ended.add(source);
      else expect(ended.has(event.data.source), `${event.type} of ${event.data.source} after it was erased`).toBe(false);
    }
  }
}

function isConnecting({ kind }: Act): boolean {
  return kind === "connect" || kind === "finish_consent";
}

function doubled(texts: readonly string[]): readonly string[] {
  return texts.filter((text, at) => texts.indexOf(text) !== at);
}

function instantText(at: number): string {
  return `${new Date(at * 1000).toISOString().slice(0, 19)}Z`;
}
