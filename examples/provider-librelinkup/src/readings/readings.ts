import { addSeconds, type BackfillCapability, type Call, type Credentials, type Instant, type PollCapability } from "@bg-ingest/core";
import type { LinkUpClient } from "../api/linkup-client.ts";
import { readCredentials } from "../session/linkup-credentials.ts";
import { readGraph } from "./read-graph.ts";

export function createPoll(client: LinkUpClient): PollCapability {
  return {
    // LibreLinkUp takes no window: it shows the last twelve hours to whoever asks.
    async *fetchPages({ credentials }, call) {
      yield await askGraph(client, credentials, call);
    },
  };
}

export function createBackfill(client: LinkUpClient): BackfillCapability {
  return {
    ...createPoll(client),
    availableSpan: (credentials, call) =>
      askGraph(client, credentials, call).map(({ readings }) => {
        const seconds = readings.map(({ time }) => Math.floor(Number(time) / 1_000));
        if (seconds.length === 0) return null;
        return { from: Math.min(...seconds) as Instant, to: addSeconds(Math.max(...seconds) as Instant, 1) };
      }),
  };
}

function askGraph(client: LinkUpClient, credentials: Credentials, call: Call) {
  return readCredentials(credentials)
    .asyncAndThen((known) => client.get(known, `/connections/${encodeURIComponent(known.patientId)}/graph`, call))
    .andThen(readGraph);
}
