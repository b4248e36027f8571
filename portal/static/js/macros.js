// Macros in a composer. <button data-macros="url"> opens what can be chosen above the text, from that
// url; the field in there looks for words. A macro is used, and a change is taken off, by the server:
// the composer that it answers takes the place of this one, with the cursor behind the new text.
import { stop } from "./drafts.js";

const PAUSE = 150;
// What the server puts the macro's text in place of.
const CURSOR = "\ue000";
const places = new WeakMap();

for (const name of ["input", "keyup", "pointerup"]) {
  document.addEventListener(name, ({ target }) => {
    if (target.matches?.(".composer textarea")) places.set(target, target.selectionEnd);
  });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest(".composer button");
  const act = button && actionOf(button);
  if (!act) return;
  event.preventDefault();
  act(button);
});

function actionOf(button) {
  if (button.matches("[data-macros]")) return toggle;
  if (button.matches("[data-close-chooser]")) return close;
  return button.matches("[name=use], [name=drop]") ? send : null;
}

const chooserIn = (form) => form.querySelector("[data-chooser]");
const openerIn = (form) => form.querySelector("[data-macros]");

async function toggle(opener) {
  const { form } = opener;
  if (chooserIn(form)) return close(opener);
  const page = await offered(form, "");
  const chooser = page?.querySelector("[data-chooser]");
  if (!chooser) return plainly(opener);
  form.elements.body.before(chooser);
  opener.ariaExpanded = "true";
  chooser.querySelector("input").focus();
}

function close({ form }) {
  chooserIn(form)?.remove();
  openerIn(form).ariaExpanded = "false";
  form.elements.body.focus();
}

async function offered(form, text) {
  const { elements } = form;
  const query = new URLSearchParams({ find: text });
  if (!elements.body.value.trim() && !elements.attachment && !elements.change) query.set("empty", "1");
  const answer = await fetch(`${openerIn(form).dataset.macros}&${query}`).catch(() => null);
  return answer?.ok ? parsed(answer) : null;
}

document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-chooser] input")) return;
  clearTimeout(target.timer);
  target.timer = setTimeout(() => find(target), PAUSE);
});

async function find(field) {
  const asked = field.value;
  const page = await offered(field.form, asked);
  // A slow answer to fewer letters must not replace that to more.
  if (!page || field.value !== asked || !field.isConnected) return;
  field.closest("[data-chooser]").querySelector("[data-offers]").replaceWith(page.querySelector("[data-offers]"));
}

// Enter takes the first, the arrows go through all, Escape closes.
document.addEventListener("keydown", (event) => {
  const chooser = event.target.closest?.("[data-chooser]");
  if (!chooser || event.isComposing) return;
  const stops = [chooser.querySelector("input"), ...chooser.querySelectorAll("[name=use]")];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const here = stops.indexOf(event.target);
  if (step && here >= 0) stops[Math.max(0, here + step)]?.focus();
  else if (event.key === "Enter" && here === 0) first(event.target, stops);
  else if (event.key === "Escape" && !event.target.value) close(event.target);
  else return;
  event.preventDefault();
});

async function first(field, [, offer]) {
  clearTimeout(field.timer);
  if (field.value === field.defaultValue) return offer?.click();
  await find(field);
  field.defaultValue = field.value;
  chooserIn(field.form)?.querySelector("[name=use]")?.click();
}

// Files that are on their way are waited for: then the browser sends the form.
const plainly = (button) => button.form.requestSubmit(button);

async function send(button) {
  const { form } = button;
  if (form.ariaBusy === "true") return;
  if (form.querySelector("portal-files")?.holds(button)) return;
  form.ariaBusy = "true";
  const { body } = form.elements;
  body.readOnly = true;
  // The server keeps the draft with what it adds: nothing older may be saved behind it.
  await stop(form);
  const at = places.get(body) ?? body.value.length;
  const data = new FormData(form, button);
  if (button.name === "use") data.set("body", body.value.slice(0, at) + CURSOR + body.value.slice(at));
  const answer = await fetch(form.action, { method: "POST", body: data }).catch(() => null);
  const page = answer && (await parsed(answer));
  const fresh = page?.querySelector("form.composer");
  form.ariaBusy = null;
  if (!fresh) return plainly(button);
  replace(form, fresh, body.value.length - at);
  const said = document.querySelector("[data-said]");
  if (said) said.textContent = button.dataset.done ?? button.title;
}

function replace(form, fresh, behind) {
  for (const landed of fresh.querySelectorAll("[autofocus]")) landed.removeAttribute("autofocus");
  form.replaceWith(fresh);
  const { body } = fresh.elements;
  const at = Math.max(0, body.value.length - behind);
  body.focus();
  body.setSelectionRange(at, at);
  places.set(body, at);
}

// Null for an answer that breaks off.
async function parsed(answer) {
  const text = await answer.text().catch(() => null);
  return text === null ? null : new DOMParser().parseFromString(text, "text/html");
}
