import { expect, it } from "vitest";
import { type ServedOptions, served } from "../../../test/served.ts";

const TOKEN = "scrape-me-if-you-can";
const of = (options: ServedOptions["options"] = {}) =>
  served({ options, replace: () => ({ metrics: { ...served().deps.metrics, text: async () => "bg_outbox 0\n" } }) });

async function kindOf(options: ServedOptions["options"], authorization?: string) {
  const answer = await of(options).get("/metrics", { host: "localhost", ...(authorization === undefined ? {} : { authorization }) });
  return answer.statusCode === 200 ? answer.body : [answer.statusCode, answer.json().type.replace("/problems/", "")];
}

it("the metrics are text of Prometheus, kept by nobody on the way", async () => {
  const { statusCode, headers, body } = await of().get("/metrics");
  expect([statusCode, body]).toEqual([200, "bg_outbox 0\n"]);
  expect(headers).toMatchObject({ "content-type": "text/plain; version=0.0.4; charset=utf-8", "cache-control": "no-store" });
});

it("without a token, the metrics are open while nobody but this machine can reach the service, and else closed", async () => {
  expect(await kindOf({ host: "127.0.0.1" })).toBe("bg_outbox 0\n");
  expect(await kindOf({ host: "0.0.0.0" })).toEqual([403, "metrics_closed"]);
  expect(await kindOf({ publicUrl: "https://bg.example.org" })).toEqual([403, "metrics_closed"]);
  expect(await kindOf({ host: "0.0.0.0" }, `Bearer ${TOKEN}`)).toEqual([403, "metrics_closed"]);
});

it("with a token, the metrics are for whoever bears it, wherever the service listens", async () => {
  for (const options of [{ host: "127.0.0.1" }, { host: "0.0.0.0" }, { publicUrl: "https://bg.example.org" }]) {
    const withToken = { ...options, metricsToken: TOKEN };
    expect(await kindOf(withToken, `Bearer ${TOKEN}`)).toBe("bg_outbox 0\n");
    expect(await kindOf(withToken, `bearer ${TOKEN}`)).toBe("bg_outbox 0\n");
    for (const wrong of [undefined, "", TOKEN, `Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, "Bearer", `Basic ${TOKEN}`])
      expect([wrong, await kindOf(withToken, wrong)]).toEqual([wrong, [401, "metrics_token_wrong"]]);
  }
});
