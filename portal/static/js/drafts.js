// <form data-draft="url"> is saved there while one writes, a moment after the last key and when the
// page is left, until it is sent. The form's hidden field `revision` says which draft the page goes
// on from: when another window was faster, nothing is saved before somebody decides.
const PAUSE = 1500;
const LONGEST = 5000;
// A form that is sent waits no longer than this for the save before it.
const PATIENCE = 3000;
const states = new WeakMap();

function stateOf(form) {
  if (!states.has(form)) states.set(form, { saved: contentOf(form, asItCame), due: 0, since: 0, busy: null, stopped: false });
  return states.get(form);
}

// What a draft keeps: everything but the files themselves, and what belongs to this page alone.
function contentOf(form, valueOf = (field, value) => value) {
  const data = new FormData(form);
  for (const name of ["csrf_token", "files", "find", "revision", "seen", "seen_count"]) data.delete(name);
  const texts = [...data].filter(([, value]) => typeof value === "string");
  return JSON.stringify(texts.map(([name, value]) => [name, valueOf(form.elements[name], value).replaceAll("\r", "")]));
}

// What the page came with counts as saved, and what was typed before this ran does not.
function asItCame(field, value) {
  const written = field?.matches?.("textarea, input:not([type=hidden], [type=radio], [type=checkbox])");
  return written ? field.defaultValue : value;
}

// Who goes back finds what the browser kept of the fields, which may have been sent since.
const isBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";

for (const form of document.querySelectorAll("form[data-draft]")) {
  stateOf(form);
  if (!isBack) schedule(form);
}

for (const name of ["input", "change"]) {
  document.addEventListener(name, (event) => {
    const form = event.target.closest("form[data-draft]");
    if (form) schedule(form);
  });
}

function schedule(form) {
  const state = stateOf(form);
  if (state.stopped || contentOf(form) === state.saved) return;
  const now = Date.now();
  state.since ||= now;
  clearTimeout(state.due);
  state.due = setTimeout(() => save(form), Math.max(0, Math.min(PAUSE, state.since + LONGEST - now)));
}

async function save(form, { leaving = false, force = false } = {}) {
  const state = stateOf(form);
  clearTimeout(state.due);
  if (state.stopped && !force) return;
  // One after the other: what follows goes on from the revision that this one makes.
  if (state.busy && !leaving) return void state.busy.then(() => schedule(form));
  const content = contentOf(form);
  if (content === state.saved && !force) return;
  state.since = 0;
  state.abort ??= new AbortController();
  const busy = Promise.all([state.busy, send(form, content, { leaving, signal: state.abort.signal })]);
  state.busy = busy;
  await busy;
  if (state.busy === busy) state.busy = null;
}

async function send(form, content, { leaving, signal }) {
  const state = stateOf(form);
  const words = JSON.parse(form.dataset.draftWords);
  const body = new FormData(form);
  body.delete("files");
  // What is sent while the page goes away may be no larger than 64 KB.
  const answer = await fetch(form.dataset.draft, { method: "POST", body, keepalive: leaving, signal }).catch(() => null);
  const isTold = answer?.headers.get("Content-Type")?.startsWith("application/json");
  // An answer that breaks off is none.
  const told = isTold ? await answer.json().catch(() => null) : null;
  if (signal.aborted) return;
  if (answer?.ok && told) {
    form.elements.revision.value = told.revision;
    state.saved = content;
    say(form, words.saved, told.revision > 0);
  } else if (answer?.status === 409 && told) {
    state.stopped = true;
    state.theirs = told.revision;
    say(form, words.conflict, true, words.mine);
  } else say(form, answer && [400, 401, 403].includes(answer.status) ? words.ended : words.failed);
}

function say(form, sentence, discard, choice) {
  const line = form.querySelector("[data-draft-status]");
  if (line && line.firstChild?.textContent !== sentence) {
    line.replaceChildren(sentence);
    if (choice) line.append(" ", keepMine(form, choice));
  }
  const button = form.querySelector("[data-draft-discard]");
  if (button && discard !== undefined) button.hidden = !discard;
}

function keepMine(form, words) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "button s", textContent: words });
  button.addEventListener("click", () => {
    const state = stateOf(form);
    form.elements.revision.value = state.theirs;
    state.stopped = false;
    save(form, { force: true });
  });
  return button;
}

// Sent: the server forgets the draft, and nothing may be saved behind it. So a save that is on its
// way arrives first: it would bring back what was sent.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.matches("form[data-draft]")) return;
  const { busy } = stateOf(form);
  if (!busy) return void stop(form);
  event.preventDefault();
  // Nobody who listens after this takes it for sent.
  event.stopImmediatePropagation();
  sendAfter(form, event.submitter);
});

async function sendAfter(form, submitter) {
  const state = stateOf(form);
  if (state.sending) return;
  state.sending = true;
  await stop(form);
  state.sending = false;
  if (form.isConnected) form.requestSubmit(submitter);
}

// Saves nothing more. What is on its way has arrived, or is given up, when this is done.
export async function stop(form) {
  const state = stateOf(form);
  state.stopped = true;
  clearTimeout(state.due);
  if (!state.busy) return;
  await Promise.race([state.busy, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
  state.abort.abort();
  state.abort = state.busy = null;
}

// It counts as saved until somebody writes on.
addEventListener("pageshow", (event) => {
  if (!event.persisted && !isBack) return;
  for (const form of document.querySelectorAll("form[data-draft]")) {
    const state = stateOf(form);
    if (!event.persisted || state.stopped) state.saved = contentOf(form);
    state.stopped = false;
  }
});

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "hidden") return;
  for (const form of document.querySelectorAll("form[data-draft]")) {
    if (states.has(form)) save(form, { leaving: true });
  }
});
