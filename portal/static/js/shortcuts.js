// data-shortcut="r" on a link or button: its key clicks it; on a field: its key gives it the focus.
// docs/interface.md says how controls name their keys; portal/web/shortcuts.py lists all of them.
// Single keys work where <body data-shortcuts> is, and never inside a field. Keys with Control (⌘)
// always work, inside a field for the controls of its form.
import { use } from "./controls.js";
import { fieldOf, nameOf } from "./keys.js";
import { moveRow, openRow, rememberRow, selectRow } from "./rows.js";

// Milliseconds between the two keys of a sequence such as "g h".
const PATIENCE = 1500;
const BUILT_IN = {
  j: () => moveRow(1),
  k: () => moveRow(-1),
  o: openRow,
  x: selectRow,
  "?": showHelp,
};

let begun = "";
let patience;

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const key = nameOf(event);
  const field = fieldOf(event.target);
  if (key.startsWith("Control+")) {
    const control = find(key, field?.form);
    if (control) press(event, control);
  } else if (key && document.body.dataset.shortcuts) {
    if (!field) single(event, key);
    else if (key === "Escape") leave(field);
  }
});

function single(event, key) {
  if (event.repeat && key !== "j" && key !== "k") return;
  if (key === "Enter") return rememberRow();
  const keys = begun ? `${begun} ${key}` : key;
  clearTimeout(patience);
  begun = "";
  const control = find(keys);
  if (control) press(event, control);
  else if (find(`${keys} `, null, "^=")) {
    begun = keys;
    patience = setTimeout(() => (begun = ""), PATIENCE);
  } else if (!modal() && BUILT_IN[keys]?.()) event.preventDefault();
}

function press(event, control) {
  event.preventDefault();
  use(control);
}

// Escape leaves a field, so that single keys work again; in a dialog or a menu it closes that.
function leave(field) {
  const full = field.type === "search" && field.value;
  if (!full && !field.closest("dialog, [popover]")) field.blur();
}

// The control that keys mean: one in the page's content before one in its frame, one that can be
// seen before one that is folded away. A modal dialog keeps the keys for itself.
function find(keys, form, match = "=") {
  const within = modal() ?? document;
  const all = [...within.querySelectorAll(`[data-shortcut${match}"${CSS.escape(keys)}"]`)]
    .filter((control) => !control.disabled && (!form || control.form === form));
  const weight = (control) => 2 * control.checkVisibility({ visibilityProperty: true })
    + Boolean(control.closest("main"));
  return all.sort((one, other) => weight(other) - weight(one))[0];
}

function modal() {
  return [...document.querySelectorAll("dialog:modal")].at(-1);
}

// The list of all keys is a page of its own; here it opens over the page.
async function showHelp() {
  const url = document.body.dataset.shortcuts;
  const answer = await fetch(url).catch(() => null);
  const page = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
  const dialog = page && page.querySelector("template[data-dialog]")?.content.querySelector("dialog");
  if (!dialog) return location.assign(url);
  dialog.querySelector("[data-here]").replaceWith(page.querySelector("[data-part=shortcuts]"));
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  return true;
}
