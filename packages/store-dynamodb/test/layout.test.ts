import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type AttributeValue, ScanCommand } from "@aws-sdk/client-dynamodb";
import type { Day, Instant } from "@bg-ingest/core";
import { expect, it } from "vitest";
import { calm, freshTable } from "./fresh-table.ts";
import { onDynamoDb } from "./on-dynamodb.ts";
import { annaCgm, apiKey, asideOf, mock, must, pendingOf, putOf, recordOf } from "./samples.ts";

const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");

onDynamoDb("the README", () => {
  it("shows an item of each kind as it stands in the table, and no other", async () => {
    const { config, store, drop } = await freshTable();
    const { readings, connections, authorizations, apiKeys, rateLedger, deliveryIds, replicaRegister, table } = store;
    const claim = { holder: "replica", at: 1_745_000_000 as Instant };
    await must(readings.putDays([putOf(20_204 as Day)], calm));
    await must(connections.replaceRecord(recordOf(1), 0, calm));
    await must(connections.replaceSecrets(annaCgm, { sealed: Uint8Array.of(1), claim, version: 1 }, calm));
    await must(connections.setAside(annaCgm, [{ ...asideOf(1), at: 1_745_000_000 as Instant }], calm));
    await must(authorizations.begin({ ...pendingOf(1), sourceId: annaCgm.sourceId }, calm));
    await must(apiKeys.add(apiKey, calm));
    await must(deliveryIds.note(annaCgm.sourceId, "msg 1", calm));
    const notices = [{ shard: 177, beat: 2 }];
    await must(replicaRegister.announce({ replica: "8c6b1c9e-1f0a-4b7e-9a51-0d7c54a3f001", beat: 2, notices }, calm));
    await must(rateLedger.replaceBucket(mock, { level: 1, filledAtMs: 1, version: 1 }, calm));

    const { Items = [] } = await table.client.send(new ScanCommand({ TableName: config.table }));
    const shown = readme.split("\n").filter((line) => /^\| [^|]+ \| `[^`]+` \| `[^`]+` \|/.test(line));
    expect(shown.map((line) => line.slice(line.indexOf("| `"))).sort()).toEqual(Items.map(rowOf).sort());
    await drop();
  });
});

/** Digests are long. */
function rowOf({ p, s, ...rest }: Record<string, AttributeValue>): string {
  const names = Object.keys(rest).sort();
  const keys = [p, s].map((key) => `\`${key?.S?.replace(/[0-9a-z]{64}/, "…")}\``);
  return `| ${keys.join(" | ")} | ${names.map((name) => `\`${name}\``).join(" ")} |`;
}
