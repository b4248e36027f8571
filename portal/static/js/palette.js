// Ctrl+K (⌘ K), or a button with data-palette: the actions of the page, the places of the portal and
// what a search finds, in one list. <body data-palette> says where the dialog is fetched from.
import { use, wordsOf } from "./controls.js";
import { nameOf } from "./keys.js";

const PAUSE = 200;
const HITS = 8;
let dialog;
let opening;
let typed = "";
let steered = false;

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || !document.body.dataset.palette) return;
  const key = nameOf(event);
  if (opening && key.length === 1) {
    // Typed before the dialog was there: it belongs into its box.
    event.preventDefault();
    typed += event.key;
  }
  if (key !== "Control+k") return;
  event.preventDefault();
  if (dialog?.open) dialog.close();
  else if (!document.querySelector("dialog:modal")) open();
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("button[data-palette]")) return;
  event.target.closest("[popover]")?.hidePopover();
  open();
});

async function open() {
  typed = "";
  dialog ??= await (opening ??= load());
  opening = null;
  if (!dialog || dialog.open) return;
  collectActions();
  box().value = typed;
  filter();
  ask();
  dialog.showModal();
}

async function load() {
  const answer = await fetch(document.body.dataset.palette).catch(() => null);
  if (!answer?.ok) return undefined;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const made = page.querySelector("dialog");
  document.body.append(made);
  made.addEventListener("input", () => { filter(); ask(); });
  made.addEventListener("keydown", steer);
  made.addEventListener("click", choose);
  return made;
}

const box = () => dialog.querySelector("[role=combobox]");
const group = (name) => dialog.querySelector(`[data-group=${name}]`);
const shown = () => [...dialog.querySelectorAll("[role=group]:not([hidden]) > [role=option]:not([hidden])")];

// What can be done here: the controls that carry a key or say that they are an action.
const actions = new WeakMap();
function collectActions() {
  const found = [...document.querySelectorAll("[data-shortcut]:not(nav.rail *, .topnav *), [data-action]")]
    .filter((control) => !control.disabled && !dialog.contains(control) && control.checkVisibility({ visibilityProperty: true }));
  const known = new Set();
  const options = found.flatMap((control, place) => {
    const words = wordsOf(control);
    if (!words || known.has(words)) return [];
    known.add(words);
    const option = make("page", `palette-page-${place}`, words, control.dataset.shortcut);
    actions.set(option, control);
    return [option];
  });
  fill(group("page"), options);
}

function make(kind, id, words, keys = "", detail = "", url = "") {
  const template = dialog.querySelector(`[data-option=${kind}]`) ?? dialog.querySelector("[data-option=ticket]");
  const option = template.content.querySelector("[role=option]").cloneNode(true);
  option.id = id;
  if (url) option.href = url;
  else option.removeAttribute("href");
  option.querySelector("bdi").textContent = words;
  if (detail) option.append(element("bdi", "cut muted", detail));
  if (keys) option.append(element("kbd", "", keys));
  return option;
}

function element(name, classes, text) {
  const made = document.createElement(name);
  made.className = classes;
  made.textContent = text;
  return made;
}

function fill(part, options) {
  part.querySelectorAll("[role=option]").forEach((option) => option.remove());
  part.append(...options);
  part.hidden = !options.length;
}

// Every word that was typed has to begin a word of the option; marks on letters do not count.
const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
function filter() {
  steered = false;
  const words = folded(box().value).split(/\s+/).filter(Boolean);
  const onPage = new Set([...group("page").querySelectorAll("[role=option]")].map((option) => option.textContent.trim()));
  for (const part of dialog.querySelectorAll("[role=group]:not([data-group=hits], [data-group=search])")) {
    const options = [...part.querySelectorAll("[role=option]")];
    for (const option of options) {
      const text = ` ${folded(option.querySelector("bdi").textContent)}`;
      // What is a control of the page need not be offered as a place, too.
      const twice = part.dataset.group !== "page" && onPage.has(option.textContent.trim());
      option.hidden = twice || !words.every((word) => text.includes(` ${word}`));
    }
    part.hidden = options.every((option) => option.hidden);
  }
  group("search").hidden = !words.length;
  group("search").querySelector("a").href = `${dialog.dataset.search}?${new URLSearchParams({ q: box().value.trim() })}`;
  if (!words.length) fill(group("hits"), []);
  renumber();
}

let pause;
function ask() {
  clearTimeout(pause);
  const asked = box().value.trim();
  if (asked.length > 1) pause = setTimeout(() => search(asked), PAUSE);
}

async function search(asked) {
  const answer = await fetch(`${dialog.dataset.suggest}?${new URLSearchParams({ q: asked })}`).catch(() => null);
  const hits = answer?.ok ? await answer.json().catch(() => []) : [];
  // A slow answer to fewer letters must not replace that to more.
  if (box().value.trim() !== asked) return;
  fill(group("hits"), hits.slice(0, HITS).map((hit, place) =>
    make(hit.kind, `palette-hit-${place}`, hit.title, "", hit.detail, hit.url)));
  renumber();
}

// The first option is at hand, unless another one was chosen with the arrow keys.
function renumber() {
  const options = shown();
  mark((steered && options.find((option) => option.ariaSelected === "true")) || options[0]);
  const status = dialog.querySelector("[role=status]");
  status.textContent = status.dataset.words.replace("%(num)s", options.length.toLocaleString(document.documentElement.lang));
}

function mark(option) {
  for (const other of dialog.querySelectorAll("[aria-selected=true]")) other.ariaSelected = "false";
  if (option) {
    option.ariaSelected = "true";
    option.scrollIntoView({ block: "nearest" });
  }
  box().setAttribute("aria-activedescendant", option?.id ?? "");
}

function steer(event) {
  if (event.isComposing) return;
  const options = shown();
  const place = options.findIndex((option) => option.ariaSelected === "true");
  const steps = { ArrowDown: place + 1, ArrowUp: place - 1, PageDown: place + 8, PageUp: place - 8 };
  if (event.key in steps) {
    event.preventDefault();
    steered = true;
    const wrapped = (steps[event.key] + options.length) % options.length;
    mark(options[event.key.startsWith("Page") ? Math.max(0, Math.min(options.length - 1, steps[event.key])) : wrapped]);
  } else if (event.key === "Enter" && options[place]) {
    event.preventDefault();
    options[place].click();
  }
}

function choose(event) {
  const option = event.target.closest("[role=option]");
  if (!option) return;
  const control = actions.get(option);
  if (event.ctrlKey || event.metaKey) return;
  dialog.close();
  if (control) use(control);
}
