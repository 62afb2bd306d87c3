import { type Html, html } from "./html.ts";
import type { ShownConnection } from "./shown-provider.ts";

/** More are counted, and listed by the API. */
const GAPS_LISTED = 5;

export function factsOf(connection: ShownConnection, userId: string, nowMs: number): Html {
  const { newest_reading_at, age_seconds, lag_seconds, last_success_at, next_attempt_at, gaps, push } = connection;
  return html`<dl data-success="${last_success_at ?? ""}" data-newest="${newest_reading_at ?? ""}" data-error="${errorMark(connection)}">
${backfillFact(connection)}
${fact("Newest reading", newest_reading_at === null ? "none yet" : html`${time(newest_reading_at)}${age_seconds === null ? null : html`, ${duration(age_seconds)} ago`}`)}
${lag_seconds === null ? null : fact("Behind the vendor", duration(lag_seconds))}
${fact("Last success", last_success_at === null ? "none yet" : time(last_success_at))}
${errorFact(connection)}
${next_attempt_at === null ? null : fact("Asked next", html`${time(next_attempt_at)}${untilText(next_attempt_at, nowMs)}`)}
${push?.state === "off" ? fact("Calls of the vendor", html`not on: ${push.message} Readings come by polls.`) : null}
${gaps.length === 0 ? null : fact("Gaps", gapList(gaps))}
${fact("Records set aside", setAside(connection, userId))}
</dl>`;
}

function fact(name: string, value: Html | string): Html {
  return html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function backfillFact({ backfill, state }: ShownConnection): Html | null {
  if (backfill !== null && backfill.nothing_said > 0 && backfill.from === null)
    return fact("History", backfill.finished_at === null ? "the provider says there is none; it is asked again" : "the provider has none");
  if (backfill === null || backfill.finished_at !== null || state !== "backfilling") return null;
  if (backfill.progress === null) return fact("History", "asking what there is");
  const percent = Math.round(100 * backfill.progress);
  const back = backfill.from === null ? null : html` of the way back to ${time(backfill.from)}`;
  return fact(
    "History",
    html`<progress max="100" value="${percent}" aria-label="History read">${percent} %</progress> ${percent} %${back}`,
  );
}

/** What the state says already is not said twice. */
function errorFact({ last_error, message }: ShownConnection): Html | null {
  if (last_error === null) return null;
  const since = html`since ${time(last_error.since)}${attempts(last_error.attempts)}`;
  return fact("Last error", last_error.message === message ? since : html`${last_error.message} (${since})`);
}

/** Differs with each attempt that failed. */
function errorMark({ last_error }: ShownConnection): string {
  return last_error === null ? "" : `${last_error.since} ${last_error.attempts}`;
}

function attempts(count: number | null): string | null {
  return count === null ? null : `, ${count} ${count === 1 ? "attempt" : "attempts"}`;
}

function untilText(at: string, nowMs: number): string | null {
  const seconds = Math.round((Date.parse(at) - nowMs) / 1000);
  return seconds > 0 ? `, in ${duration(seconds)}` : ", now";
}

function gapList(gaps: ShownConnection["gaps"]): Html {
  const listed = gaps.slice(-GAPS_LISTED).toReversed();
  const more = gaps.length - listed.length;
  return html`<ul>${listed.map(({ from, to, reason }) => html`<li>${time(from)} to ${time(to)}: ${reason}</li>`)}
${more === 0 ? null : html`<li>and ${more} more</li>`}</ul>`;
}

function setAside({ set_aside, provider }: ShownConnection, userId: string): Html | string {
  if (set_aside === 0) return "none";
  const path = `/api/connections/${encodeURIComponent(userId)}/${encodeURIComponent(provider)}/set-aside`;
  return html`<a href="${path}">${set_aside}, listed with their reasons as JSON</a>`;
}

/** `2025-04-26 14:30:00 UTC` */
function time(at: string): Html {
  return html`<time datetime="${at}">${at.replace("T", " ").replace("Z", " UTC")}</time>`;
}

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
];

function duration(seconds: number): string {
  const [size, name] = UNITS.find(([length]) => seconds >= length) ?? [1, "second"];
  const count = Math.floor(seconds / size);
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}
