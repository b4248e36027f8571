// How the keys of an event are called, as data-shortcut writes them: "r", "]", "Control+Enter".
const SILENT = ["Control", "Shift", "Alt", "Meta", "AltGraph", "Dead", "Unidentified", "Process"];

// "" for keys that belong to the browser or the system. Control is ⌘, too.
export function nameOf(event) {
  let { key } = event;
  if (!key || SILENT.includes(key)) return "";
  // A keyboard without Latin letters: the letter that stands on the key beside its own.
  if (key.length === 1 && key > "\u007f" && /^Key[A-Z]$/.test(event.code)) key = event.code.at(3);
  const altGraph = event.getModifierState("AltGraph");
  const sign = key.length === 1 && !/[a-z0-9]/i.test(key);
  // Many keyboards have signs such as ] only with AltGr, Option or Shift: that belongs to the sign.
  if (event.altKey && !altGraph && !sign) return "";
  const control = (event.ctrlKey || event.metaKey) && !altGraph;
  const shift = event.shiftKey && !sign;
  return (control ? "Control+" : "") + (shift ? "Shift+" : "") + (key.length === 1 ? key.toLowerCase() : key);
}

// Whether keys that are pressed there are text, or choose in a list.
export function fieldOf(element) {
  const field = element.closest?.("textarea, select, [contenteditable], input");
  const pressed = ["checkbox", "radio", "button", "submit", "reset", "file", "range", "color"];
  return field && !pressed.includes(field.type) ? field : null;
}
