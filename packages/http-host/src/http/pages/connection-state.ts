import { type Html, html } from "./html.ts";
import type { ShownConnection } from "./shown-provider.ts";

type State = ShownConnection["state"];

/** `good`, `busy`, `bad` or `off`: how it looks. The words say the same. */
const STATES: Readonly<Record<State, readonly [tone: string, words: string]>> = {
  connecting: ["busy", "Connecting"],
  backfilling: ["busy", "Reading the history"],
  healthy: ["good", "Healthy"],
  delayed: ["bad", "Delayed"],
  failing: ["bad", "Failing, and tried again"],
  needs_reconnect: ["bad", "Has to be connected again"],
  stopped: ["bad", "Stopped"],
  disconnected: ["off", "Disconnected"],
};

export function stateLine(connection: ShownConnection | null): Html {
  if (connection === null) return html`<span class="state off">Not connected</span>`;
  const [tone, words] = STATES[connection.state];
  return html`<span class="state ${tone}" data-state="${connection.state}">${words}</span>${
    connection.message === null ? null : html` <span>${connection.message}</span>`
  }`;
}
