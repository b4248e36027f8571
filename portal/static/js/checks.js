// What the browser finds wrong before it sends a form is said beside its field, in the words that
// the server would say (data-required), and not in a bubble of the browser's own. The first field
// has the focus; the sentence goes as soon as the field is right. What is wrong with what was typed
// into a field for an address or a date is said as the browser says it.
const FIELDS = "input:not([type=checkbox], [type=radio], [type=file]), textarea, select";

document.addEventListener("invalid", (event) => {
  const field = event.target;
  // A field that stands alone in a row has no room for a sentence.
  if (!field.id || !field.matches(FIELDS) || !(field.closest(".field") || field.dataset.required)) return;
  event.preventDefault();
  say(field);
  if ([...field.form.elements].find((each) => each.matches(":invalid") && each.matches(FIELDS)) === field) field.focus();
}, true);

for (const name of ["input", "change"]) {
  document.addEventListener(name, ({ target }) => {
    if (target.dataset?.checked !== undefined && target.validity.valid) clear(target);
  });
}

function say(field) {
  const { required } = field.dataset;
  const line = lineOf(field);
  line.replaceChildren(...mark(), document.createElement("span"));
  line.lastChild.textContent = (field.validity.valueMissing && required) || field.validationMessage;
  field.dataset.checked = "";
  field.ariaInvalid = "true";
}

// Where the server would have said it.
function lineOf(field) {
  const id = `${field.id}-error`;
  const there = document.getElementById(id);
  if (there) return there;
  const line = document.createElement("p");
  Object.assign(line, { id, className: "error" });
  const around = field.closest(".field");
  if (around) around.append(line);
  else field.after(line);
  const described = field.getAttribute("aria-describedby") ?? "";
  field.setAttribute("aria-describedby", `${described} ${id}`.trim());
  return line;
}

function clear(field) {
  delete field.dataset.checked;
  field.ariaInvalid = null;
  document.getElementById(`${field.id}-error`)?.remove();
  const others = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id !== `${field.id}-error`);
  if (others.length) field.setAttribute("aria-describedby", others.join(" "));
  else field.removeAttribute("aria-describedby");
}

function mark() {
  const icon = document.querySelector("svg.icon:has(use)")?.cloneNode(true);
  if (!icon) return [];
  const use = icon.querySelector("use");
  icon.setAttribute("class", "icon");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, "#circle-x"));
  return [icon];
}
