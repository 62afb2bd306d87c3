import type { Answer } from "../answer.ts";
import { problemType } from "../problem/problem-answer.ts";
import { adviceForPeople, PROBLEM_KINDS, type ProblemKind } from "../problem/problem-kinds.ts";
import { connectControls } from "./connect-controls.ts";
import { factsOf } from "./connection-facts.ts";
import { stateLine } from "./connection-state.ts";
import { type Html, html } from "./html.ts";
import { pageAnswer } from "./page.ts";
import type { ShownProvider } from "./shown-provider.ts";

export interface ConnectPage {
  readonly userId: string;
  readonly nowMs: number;
  readonly providers: readonly ShownProvider[];
  readonly notConfigured: readonly { readonly name: string; readonly displayName: string; readonly missing: readonly string[] }[];
  readonly failed: readonly { readonly package: string; readonly name: string | null; readonly displayName: string | null }[];
}

/** A person's connections: how they are, and how to make and end them. */
export function connectPage(page: ConnectPage): Answer {
  return pageAnswer({ title: `Connections of ${page.userId}`, body: connectBody(page), hasScript: true });
}

export function connectBody({ userId, nowMs, providers, notConfigured, failed }: ConnectPage): Html {
  return html`<main data-user="${userId}">
<h1>Connections of ${userId}</h1>
<noscript><p class="note">Scripts are switched off in this browser. The page shows how things are now; to connect or disconnect, allow scripts for
this address, or use the <a href="/docs">API</a>.</p></noscript>
<p class="note" id="over" role="status" hidden>This page could be used for an hour, and that is over: what is shown may be old. Ask your application for
a new link.</p>
<p class="note" id="stale" hidden>The service does not answer: what is shown may be old.</p>
${providers.map((provider) => card(provider, userId, nowMs))}
${notConfigured.map(waitingCard)}
${failed.filter(({ name }) => providers.every((each) => each.name !== name)).map(failedCard)}
<p class="quiet">No basis for treatment decisions. <a href="/docs">The API</a></p>
${advice()}
</main>`;
}

/** What the script says to do where the answer, which programs read too, speaks of requests. */
function advice(): Html {
  const kinds = Object.keys(PROBLEM_KINDS) as readonly ProblemKind[];
  const differing = kinds.filter((kind) => adviceForPeople(kind) !== PROBLEM_KINDS[kind].whatToDo);
  return html`<template id="advice">${differing.map((kind) => html`<p data-type="${problemType(kind)}">${adviceForPeople(kind)}</p>`)}</template>`;
}

/** What has `data-live` is brought up to date in its place; what has not is left alone, whatever is typed into it. */
function card(provider: ShownProvider, userId: string, nowMs: number): Html {
  const { name, displayName, connection } = provider;
  return html`<section class="card" data-provider="${name}" aria-labelledby="name-${name}">
<h2 id="name-${name}">${displayName}</h2>
<p role="status" data-live="${name}-state">${stateLine(connection)}</p>
<div data-live="${name}-facts">${connection === null ? null : factsOf(connection, userId, nowMs)}</div>
<p class="alert" role="alert" hidden></p>
<p class="quiet done" role="status"></p>
<section class="note shown-once" aria-label="Shown this once" tabindex="-1" hidden></section>
<div data-live="${name}-controls">${connectControls(provider)}</div>
</section>`;
}

function waitingCard({ name, displayName, missing }: ConnectPage["notConfigured"][number]): Html {
  return html`<section class="card" aria-labelledby="name-${name}">
<h2 id="name-${name}">${displayName}</h2>
<p>Not configured. Whoever runs this service has to set
${missing.map((setting, place) => html`${place === 0 ? null : ", "}<code>${setting}</code>`)} and start it again; docs/configuration.md says how.</p>
</section>`;
}

/** Who is connected by it has a card that says so already. */
function failedCard({ package: own, displayName }: ConnectPage["failed"][number]): Html {
  return html`<section class="card" aria-label="${displayName ?? own}">
<h2>${displayName ?? own}</h2>
<p>It could not be loaded when the service started, so nobody can connect by it for now. Whoever runs the service finds the reason in its log.</p>
</section>`;
}
