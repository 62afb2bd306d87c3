import type { ConnectionStore, SealedSecrets, SourceKey } from "@bg-ingest/core";
import { compareAndSet, outcomeOf, over, versioned, versionOf } from "./compare-and-set.ts";
import { getItem } from "./get-item.ts";
import { secretsKeyOf } from "./item-keys.ts";
import type { Item, Table } from "./table.ts";

export function createSecrets(table: Table): Pick<ConnectionStore, "secretsOf" | "replaceSecrets"> {
  return {
    secretsOf: (source, call) => getItem(table, secretsKeyOf(source), call).map((item) => item && secretsIn(item)),
    replaceSecrets: (source, secrets, call) =>
      compareAndSet(table, itemOf(source, secrets), over(secrets.version - 1), call).then((compared) => compared.map(outcomeOf)),
  };
}

function itemOf(source: SourceKey, { sealed, version }: SealedSecrets) {
  return versioned(secretsKeyOf(source), version, { sealed: { B: sealed } });
}

function secretsIn(item: Item): SealedSecrets {
  return { sealed: Uint8Array.from(item["sealed"]?.B ?? []), version: versionOf(item) };
}
