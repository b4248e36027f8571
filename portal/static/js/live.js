// [data-pulse="url"] lets a page follow what it shows: the page asks there every few seconds, and is
// told 304 as long as nothing changed. Otherwise the answer holds parts that are taken as they are
// ([data-pulse-part]) and a version ([data-told]); when that is not the page's own, the page is read
// again and the parts that changed are renewed. What is being written is in none of them.
import { renewParts } from "./parts.js";
import { startWatching, tellOfNew } from "./newcomers.js";

const SECOND = 1000;
const HIDDEN = 60 * SECOND;
const LONGEST = 300 * SECOND;
const TYPING = 8 * SECOND;
const IDLE = 120 * SECOND;
const ASLEEP = 4 * 3600 * SECOND;

const state = { tag: null, timer: 0, failures: 0, over: false, asking: false, behind: false, asked: 0, touched: Date.now(), typed: 0 };
const place = () => document.querySelector("[data-pulse]");

function activity() {
  if (document.hidden || Date.now() - state.touched > IDLE) return "idle";
  return Date.now() - state.typed < TYPING ? "typing" : "viewing";
}

// Never more than what is promised, and no two pages in step.
function delay() {
  const every = Number(place()?.dataset.every ?? 60) * SECOND;
  const usual = document.hidden ? Math.max(HIDDEN, every) : every;
  return Math.min(LONGEST, usual * 2 ** state.failures) * (0.75 + Math.random() / 5);
}

function schedule(wait = delay()) {
  clearTimeout(state.timer);
  if (!state.over && Date.now() - state.touched < ASLEEP) state.timer = setTimeout(ask, wait);
}

async function ask() {
  const pulse = place();
  if (!pulse || state.asking || state.over) return;
  state.asking = true;
  try {
    await take(pulse);
    state.failures = 0;
  } catch {
    state.failures = Math.min(state.failures + 1, 6);
  }
  state.asking = false;
  schedule();
}

const addressOf = (pulse, doing) => `${pulse.dataset.pulse}?activity=${doing}`;

async function take(pulse) {
  state.asked = Date.now();
  const headers = state.tag ? { "If-None-Match": state.tag } : {};
  const signal = AbortSignal.timeout(10 * SECOND);
  const answer = await fetch(addressOf(pulse, activity()), { headers, cache: "no-store", signal });
  if ([401, 403, 404].includes(answer.status)) return stop(answer.status);
  if (answer.status !== 304) {
    if (!answer.ok) throw new Error(`pulse: ${answer.status}`);
    const told = new DOMParser().parseFromString(await answer.text(), "text/html");
    state.tag = answer.headers.get("ETag");
    show(told);
    const version = told.querySelector("[data-told]")?.dataset.told;
    if (version && isNews(pulse, version)) state.behind = true;
  }
  // What nobody looks at is read when somebody does: reading a ticket marks it as read.
  if (state.behind && !document.hidden) state.behind = await renew();
}

// The version of a list is a moment: an earlier one is no news.
function isNews(pulse, version) {
  if (!("version" in pulse.dataset)) return false;
  return "moment" in pulse.dataset ? version > pulse.dataset.version : version !== pulse.dataset.version;
}

function show(told, parts = "[data-pulse-part]") {
  for (const fresh of told.querySelectorAll(parts)) {
    for (const part of document.querySelectorAll(`[data-pulse-part="${fresh.dataset.pulsePart}"]`)) {
      if (!part.isEqualNode(fresh)) part.replaceChildren(...fresh.cloneNode(true).childNodes);
    }
  }
}

// Gives whether something is left to renew.
async function renew() {
  if (!document.querySelector("[data-part=pulse]")) return false;
  const answer = await fetch(place().dataset.page ?? location.href, { cache: "no-store", signal: AbortSignal.timeout(20 * SECOND) });
  if (!answer.ok) throw new Error(`page: ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  // Somebody was signed out, or the ticket goes on elsewhere.
  if (!page.querySelector("[data-part=pulse]")) return false;
  // Whoever has a ticket open has read what the bell told of it.
  show(page, "[data-pulse-part=unread]");
  return tellOfNew(() => renewParts(page));
}

function stop(status) {
  state.over = true;
  const line = document.querySelector(status === 401 ? "[data-signed-out]" : "[data-out-of-sight]");
  if (line) line.hidden = false;
}

// Sooner than planned, but not at every key.
function hurry(wait) {
  if (!place() || state.over) return;
  schedule(Math.max(wait, state.asked + 4 * SECOND - Date.now()));
}

for (const name of ["pointerdown", "keydown", "scroll", "pointermove"]) {
  document.addEventListener(name, () => {
    const slept = Date.now() - state.touched;
    state.touched = Date.now();
    if (slept > IDLE) hurry(0);
  }, { passive: true, capture: true });
}

document.addEventListener("input", (event) => {
  if (!event.target.closest(".composer")) return;
  const began = Date.now() - state.typed > TYPING;
  state.typed = Date.now();
  if (began && place()?.dataset.every && "at" in place().dataset) hurry(SECOND);
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) state.touched = Date.now();
  hurry(0);
});
addEventListener("online", () => {
  state.failures = 0;
  hurry(SECOND);
});

addEventListener("pagehide", () => {
  const pulse = place();
  if (state.over || !pulse || !("at" in pulse.dataset)) return;
  fetch(addressOf(pulse, "left"), { keepalive: true, cache: "no-store" }).catch(() => null);
});
addEventListener("pageshow", (event) => event.persisted && hurry(0));

startWatching();
// Others see at once who came to a ticket, and everybody what is unread.
schedule(place() && "at" in place().dataset ? SECOND : (2 + Math.random()) * SECOND);
