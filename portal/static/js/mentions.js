// <form data-mentions="url" data-mentions-words="…">: while one types an @ and the letters of a name,
// colleagues and teams are offered below the caret. The arrow keys choose, Enter or Tab takes, Escape
// puts it away. The text area keeps the focus all the while; what is offered is told by
// aria-activedescendant.
const PAUSE = 120;
// As on the server: no letter, dot or @ before it; then at most two words.
const TYPED = /(?<![\p{L}\p{N}_@.])@((?:[\p{L}\p{N}_][\p{L}\p{N}_.'’-]*(?: [\p{L}\p{N}_.'’-]*)?)?)$/u;

const state = { field: null, list: null, start: 0, asked: null, taken: null, pause: 0 };

const options = () => [...(state.list?.querySelectorAll("[role=option]") ?? [])];
const chosen = () => options().find((option) => option.ariaSelected === "true");

document.addEventListener("input", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLTextAreaElement) || !field.form?.dataset.mentions || event.isComposing) return;
  const typed = TYPED.exec(field.value.slice(0, field.selectionStart));
  // What was taken is whole: what is typed behind it is another word.
  if (!typed || (state.taken && typed[1].startsWith(`${state.taken} `))) return close();
  state.field = field;
  state.start = typed.index + 1;
  state.asked = typed[1];
  clearTimeout(state.pause);
  state.pause = setTimeout(() => ask(field, typed[1]), PAUSE);
});

async function ask(field, asked) {
  const url = `${field.form.dataset.mentions}?${new URLSearchParams({ q: asked })}`;
  const answer = await fetch(url).catch(() => null);
  const people = answer?.ok ? await answer.json().catch(() => []) : [];
  // A slow answer to other letters must not come after the one to these.
  if (state.asked !== asked || document.activeElement !== field) return;
  if (people.length) open(field, people);
  else close();
}

function open(field, people) {
  if (!state.list) {
    state.list = element("ul", "mentions");
    state.list.id = "mentions";
    state.list.role = "listbox";
    state.list.ariaLabel = field.form.dataset.mentionsWords;
    // The caret stays where it is.
    state.list.addEventListener("pointerdown", (event) => event.preventDefault());
    state.list.addEventListener("click", (event) => take(event.target.closest("[role=option]")));
    field.form.append(state.list);
    field.setAttribute("aria-controls", "mentions");
    field.setAttribute("aria-autocomplete", "list");
  }
  state.list.replaceChildren(...people.map(({ name, detail, text }, place) => {
    const option = element("li", "");
    option.id = `mention-${place}`;
    option.role = "option";
    option.dataset.text = text;
    option.append(element("bdi", "", name), element("bdi", "small muted cut", detail));
    return option;
  }));
  mark(options()[0]);
  put(field);
}

function element(name, classes, text = "") {
  const made = document.createElement(name);
  made.className = classes;
  made.textContent = text;
  return made;
}

// Below the line of the caret, or above it where there is no room.
function put(field) {
  const caret = caretOf(field);
  const { offsetWidth: width, offsetHeight: height } = state.list;
  const left = Math.min(caret.left, innerWidth - width - 8);
  const below = caret.bottom + 4;
  const top = below + height > innerHeight ? caret.top - height - 4 : below;
  Object.assign(state.list.style, { left: `${Math.max(8, left)}px`, top: `${Math.max(8, top)}px` });
}

// Where the @ stands in the window: measured in a copy of the text area.
function caretOf(field) {
  const copy = document.createElement("div");
  const style = getComputedStyle(field);
  for (const name of ["font", "letterSpacing", "lineHeight", "padding", "border", "boxSizing", "textIndent", "tabSize", "direction", "textAlign"]) copy.style[name] = style[name];
  Object.assign(copy.style, { position: "absolute", visibility: "hidden", inlineSize: `${field.clientWidth}px`, whiteSpace: "pre-wrap", overflowWrap: "break-word" });
  const at = element("span", "", "@");
  copy.append(field.value.slice(0, state.start - 1), at);
  document.body.append(copy);
  const [box, frame, letter] = [field, copy, at].map((each) => each.getBoundingClientRect());
  copy.remove();
  const top = Math.min(Math.max(box.top + letter.top - frame.top - field.scrollTop, box.top), box.bottom);
  return { left: box.left + letter.left - frame.left, top, bottom: Math.min(top + letter.height, box.bottom) };
}

function mark(option) {
  for (const other of options()) other.ariaSelected = String(other === option);
  option?.scrollIntoView({ block: "nearest" });
  state.field.setAttribute("aria-activedescendant", option?.id ?? "");
}

function take(option) {
  const { field, start } = state;
  if (!option) return;
  close();
  state.taken = option.dataset.text;
  field.focus();
  field.setRangeText(`${option.dataset.text} `, start, field.selectionStart, "end");
  field.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertReplacementText" }));
}

function close() {
  clearTimeout(state.pause);
  state.asked = null;
  if (!state.list) return;
  state.list.remove();
  state.list = null;
  for (const name of ["aria-activedescendant", "aria-controls", "aria-autocomplete"]) state.field.removeAttribute(name);
}

// Before any other script hears of the key.
addEventListener("keydown", (event) => {
  if (!state.list || event.target !== state.field || event.isComposing) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const all = options();
  const place = all.indexOf(chosen());
  const steps = { ArrowDown: place + 1, ArrowUp: place - 1 };
  if (event.key in steps) mark(all[(steps[event.key] + all.length) % all.length]);
  else if (["Enter", "Tab"].includes(event.key)) take(chosen());
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });

document.addEventListener("focusout", (event) => {
  if (event.target === state.field) close();
});
addEventListener("scroll", (event) => {
  if (state.list && !state.list.contains(event.target)) close();
}, { capture: true, passive: true });
