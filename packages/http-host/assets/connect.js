/** What the page /connect does: it sends what is asked for, and keeps what it shows up to date. Texts of others are only ever set as text. */

const REFRESH_MS = 2_000;
const LONGEST_WAIT_MS = 60_000;
const NOT_REACHED = "The service cannot be reached. Check that it runs, and try again.";

const WILL_BE_ASKED = "It is asked as soon as it may be.";
const WAS_ASKED = "It was asked less than a minute ago: what it told is shown here.";

const main = document.querySelector("main");
const user = main.dataset.user;

/** What each live part was given last: only what differs is touched, so that nothing flickers, and no focus or typed text is lost. */
const given = new Map(livePartsOf(document).map((part) => [part.dataset.live, part.innerHTML]));

/** Cards on which a poll was asked for, and what they showed before. */
const polled = new Map();

function livePartsOf(root) {
  return [...root.querySelectorAll("[data-live]")];
}

/** How long to wait before the page is asked for again; `null`: it is not given to this browser any more. */
let waitMs = REFRESH_MS;

async function refresh() {
  const { page, isOver, retryAfterMs } = await loadPage();
  document.getElementById("over").hidden = !isOver;
  document.getElementById("stale").hidden = page !== null || isOver;
  if (isOver) waitMs = null;
  else if (page !== null) waitMs = REFRESH_MS;
  else waitMs = Math.max(Math.min(2 * (waitMs ?? REFRESH_MS), LONGEST_WAIT_MS), retryAfterMs);
  if (page === null) return;
  for (const fresh of livePartsOf(page)) {
    const name = fresh.dataset.live;
    const part = document.querySelector(`[data-live="${CSS.escape(name)}"]`);
    if (part === null || given.get(name) === fresh.innerHTML || isBeingFilledIn(part)) continue;
    given.set(name, fresh.innerHTML);
    replaceContent(part, fresh);
  }
  for (const [card, before] of polled) tellPolled(card, before);
}

async function loadPage() {
  try {
    const answer = await fetch(location.pathname, { headers: { accept: "text/html" }, cache: "no-store" });
    const page = answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
    return { page, isOver: answer.status === 401, retryAfterMs: 1_000 * (Number(answer.headers.get("retry-after")) || 0) };
  } catch {
    return { page: null, isOver: false, retryAfterMs: 0 };
  }
}

function isBeingFilledIn(part) {
  return [...part.querySelectorAll("input")].some((input) => input === document.activeElement || input.value !== "");
}

function replaceContent(part, fresh) {
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  part.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
  if (focused !== "") document.getElementById(focused)?.focus();
}

function cardOf(element) {
  return element.closest("[data-provider]");
}

function pathOf(card, more = "") {
  return `/api/connections/${encodeURIComponent(user)}/${encodeURIComponent(card.dataset.provider)}${more}`;
}

/** The body of a good answer, `null` without one; what went wrong is told on the card, and answered as `undefined`. */
async function send(card, method, path, body) {
  tell(card, "");
  const headers = { accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }) };
  try {
    const answer = await fetch(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await answer.text();
    const json = text === "" ? null : JSON.parse(text);
    if (answer.ok) return json;
    const more = json.request_id === undefined ? "" : `The service's log says more under ${json.request_id}.`;
    tell(card, [json.title, json.detail, adviceOn(json), more].filter(Boolean).join(". ").replaceAll("..", "."));
  } catch {
    tell(card, NOT_REACHED);
  }
  return undefined;
}

function adviceOn({ type, what_to_do }) {
  const { content } = document.getElementById("advice");
  return content.querySelector(`[data-type="${CSS.escape(type)}"]`)?.textContent ?? what_to_do;
}

function tell(card, text) {
  const alert = card.querySelector('[role="alert"]');
  alert.textContent = text;
  alert.hidden = text === "";
  polled.delete(card);
  card.querySelector(".done").textContent = "";
}

async function pollNow(card) {
  // What is shown may be two seconds old, and an answer of before is none to this.
  await refresh();
  const before = shownOn(card);
  card.querySelector(".done").textContent = WILL_BE_ASKED;
  // Moments are told in whole seconds: two good answers within one could not be told apart.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const wanted = await send(card, "POST", pathOf(card, "/poll"));
  if (wanted === undefined) return;
  card.querySelector(".done").textContent = wanted.status === "recent" ? WAS_ASKED : WILL_BE_ASKED;
  if (wanted.status !== "recent") polled.set(card, before);
}

function shownOn(card) {
  const { success, newest, error } = card.querySelector("[data-success]").dataset;
  return { success, newest, error, state: card.querySelector("[data-state]").dataset.state };
}

/** Once it was asked, says what came of it. What is the matter stands above. */
function tellPolled(card, before) {
  const now = card.querySelector("[data-success]") === null ? null : shownOn(card);
  const outcome = now === null || (now.state !== before.state && ENDED.has(now.state)) ? "" : outcomeOf(now, before);
  if (outcome === null) return;
  polled.delete(card);
  card.querySelector(".done").textContent = outcome;
}

const ENDED = new Set(["needs_reconnect", "disconnected"]);

function outcomeOf(now, before) {
  if (now.error !== "" && now.error !== before.error) return "It was asked, and did not answer well.";
  if (now.success <= before.success) return null;
  const news = now.newest === before.newest ? "nothing newer" : `new readings, the newest of ${timeText(now.newest)}`;
  return `Asked at ${timeText(now.success)}: ${news}.`;
}

/** `2025-04-26 14:30:00 UTC` */
function timeText(at) {
  return at.replace("T", " ").replace("Z", " UTC");
}

async function connectByLogin(card, form) {
  const filled = [...new FormData(form)].filter(([, value]) => value !== "");
  const done = await send(card, "POST", pathOf(card), Object.fromEntries(filled));
  if (done === undefined) return;
  form.reset();
  document.activeElement?.blur();
  showOnce(card, done.webhook);
}

async function connectByConsent(card) {
  const started = await send(card, "POST", pathOf(card));
  if (started === undefined) return;
  const address = new URL(started.authorization_url);
  if (address.protocol === "https:" || address.protocol === "http:") location.assign(address);
  else tell(card, "The provider names no page of the web to go to.");
}

function showOnce(card, webhook) {
  const place = card.querySelector(".shown-once");
  place.hidden = webhook === null || webhook.secret === null;
  if (place.hidden) return;
  const list = document.createElement("dl");
  for (const [name, value] of [
    ["Deliveries may come to", webhook.url],
    ["Signed with this secret, shown this once", webhook.secret],
  ]) {
    const row = document.createElement("div");
    const code = document.createElement("code");
    code.textContent = value;
    const term = Object.assign(document.createElement("dt"), { textContent: name });
    const description = document.createElement("dd");
    description.append(code);
    row.append(term, description);
    list.append(row);
  }
  place.replaceChildren(list);
  place.focus();
}

const ACTIONS = {
  login: connectByLogin,
  consent: connectByConsent,
  poll: pollNow,
  disconnect: (card, button) => (confirm(button.dataset.question) ? send(card, "DELETE", pathOf(card)) : undefined),
};

async function act(element) {
  const buttons = [...cardOf(element).querySelectorAll("button")];
  for (const button of buttons) button.disabled = true;
  await ACTIONS[element.dataset.action](cardOf(element), element);
  for (const button of buttons) button.disabled = false;
  await refresh();
}

main.addEventListener("submit", (event) => {
  event.preventDefault();
  void act(event.target);
});

main.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-action]");
  if (button !== null) void act(button);
});

/** One after another, and none while nobody looks, or once it would be of no use. */
async function keepFresh() {
  while (waitMs !== null) {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    if (document.visibilityState === "visible") await refresh();
  }
}

void keepFresh();
