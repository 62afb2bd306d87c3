import { afterEach, expect, it } from "vitest";
import { METRICS } from "../src/metrics/metric-catalogue.ts";
import { type Exposition, parseExposition } from "./exposition.ts";
import { type RunningHost, startHost, WORN_AT_MS } from "./running-host.ts";
import { signedHeaders } from "./served.ts";

let running: RunningHost | null = null;

afterEach(async () => {
  await running?.stop();
  running = null;
});

/** Nobody else is called so, and nothing else looks like it. */
const PEOPLE = ["qz-anna@example.org", "qz-berta", "qz~clara"];
const TOKEN = "qz-scrape-me-if-you-can";
const MGDL = 347;

async function scrape(url: string): Promise<Exposition & { readonly text: string }> {
  const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
  expect(answer.status).toBe(200);
  const text = await answer.text();
  return { ...parseExposition(text), text };
}

async function traffic(url: string): Promise<readonly string[]> {
  const json = { "content-type": "application/json" };
  const secrets: string[] = [];
  const told = new Date(WORN_AT_MS - 60_000).toISOString();
  for (const [number, user] of PEOPLE.entries()) {
    const path = `${url}/api/connections/${user}/mock`;
    const connected = await fetch(path, { method: "POST", headers: json, body: JSON.stringify({ user: `person-${number}` }) });
    expect([connected.status, connected.status < 300 || (await connected.text())]).toEqual([201, true]);
    const { webhook, source } = (await connected.json()) as { webhook: { url: string; secret: string }; source: string };
    secrets.push(webhook.secret, webhook.secret.slice(6), source);
    const payload = JSON.stringify({ type: "readings.recorded", data: { records: [{ systemTime: told, value: MGDL, unit: "mg/dL" }] } });
    const headers = { ...json, ...(await signedHeaders(webhook.secret, `qz-${number}`, payload, Math.floor(WORN_AT_MS / 1000))) };
    await fetch(webhook.url, { method: "POST", headers, body: payload });
    await fetch(`${url}/api/bg/${user}/latest`);
    await fetch(`${url}/api/bg/${user}?from=2026-10-01T00:00:00Z&qz=${MGDL}`);
  }
  await fetch(`${url}/qz/${PEOPLE[0]}`);
  return secrets;
}

it("under traffic, /metrics is what a strict scraper reads, tells what happened and nothing of anybody", async () => {
  running = await startHost({ METRICS_TOKEN: TOKEN }, WORN_AT_MS);
  const { url } = running;
  const secrets = await traffic(url);
  await expect
    .poll(async () => (await scrape(url)).sum("bg_sources", { provider: "mock", state: "healthy" }), { timeout: 30_000, interval: 100 })
    .toBe(PEOPLE.length);
  const { types, samples, sum, text } = await scrape(url);

  expect(Object.fromEntries(types)).toEqual(Object.fromEntries(Object.values(METRICS).map(({ name, type }) => [name, type])));
  for (const { metric, labels } of samples) {
    const described = Object.values(METRICS).find(({ name }) => name === metric);
    const allowed: readonly string[] = [...(described?.labels ?? []), "le"];
    expect([metric, Object.keys(labels).filter((label) => !allowed.includes(label))]).toEqual([metric, []]);
  }

  expect(sum("bg_readings_total", { provider: "mock", outcome: "backfill" })).toBeGreaterThan(10_000);
  expect(sum("bg_source_lag_seconds", { provider: "mock", quantile: "1" })).toBeLessThan(3_600);
  expect(sum("bg_provider_call_seconds_count", { provider: "mock", call: "poll.fetchPages", outcome: "ok" })).toBeGreaterThanOrEqual(3);
  expect(sum("bg_rate_leases_total", { provider: "mock", outcome: "granted" })).toBeGreaterThan(0);
  expect(sum("bg_deliveries_total", { outcome: "enqueued" })).toBe(PEOPLE.length);
  expect(sum("bg_store_call_seconds_count", { port: "readings", call: "putDays", outcome: "ok" })).toBeGreaterThan(0);
  expect(sum("bg_bus_publish_seconds_count", { outcome: "ok" })).toBeGreaterThan(0);
  expect(sum("bg_events_total", { type: "bg.readings.recorded.v1" })).toBeGreaterThan(0);
  expect(sum("bg_outbox")).toBe(0);
  expect(sum("bg_http_request_seconds_count", { method: "GET", route: "/api/bg/:userId/latest" })).toBe(PEOPLE.length);
  expect(sum("bg_http_request_seconds_count", { route: "/api/bg/:userId", status: "400" })).toBe(PEOPLE.length);
  expect(sum("bg_http_request_seconds_count", { route: "none", status: "404" })).toBe(1);
  expect(sum("bg_http_in_flight", { of: "requests" })).toBe(1);
  expect(sum("bg_http_shed_total")).toBe(0);
  expect(sum("process_cpu_seconds_total")).toBeGreaterThan(0);

  const hidden = [...PEOPLE, ...secrets, TOKEN, "qz"];
  const foundIn = (where: string) => hidden.filter((each) => where.includes(each));
  expect(secrets.every((each) => each.length > 8)).toBe(true);
  expect(foundIn(text)).toEqual([]);
  expect(foundIn(`${text}bg_x{user="${PEOPLE[1]}"} 1\n`)).toEqual([PEOPLE[1], "qz"]);
  expect(samples.flatMap(({ labels }) => Object.values(labels)).filter((value) => value.includes(String(MGDL)))).toEqual([]);
  expect(samples.filter(({ name, value }) => value === MGDL && !/_(bucket|count)$/.test(name))).toEqual([]);
});

it("what happens between two scrapes is what the counters differ by", async () => {
  running = await startHost({ METRICS_TOKEN: TOKEN }, WORN_AT_MS);
  const { url } = running;
  await traffic(url);
  const labels = { method: "GET", route: "/api/bg/:userId/latest" };
  const before = (await scrape(url)).sum("bg_http_request_seconds_count", labels) ?? 0;
  for (let round = 0; round < 25; round++) await fetch(`${url}/api/bg/${PEOPLE[1]}/latest`);
  await expect.poll(async () => ((await scrape(url)).sum("bg_http_request_seconds_count", labels) ?? 0) - before).toBe(25);
});
