// <button data-preview="url" data-of="id"> shows the text of a field as it will look.
// <button data-wrap="id" data-before="**" data-after="**"> formats the selection in a field.
import { prove } from "./proof.js";

document.addEventListener("click", (event) => {
  const preview = event.target.closest("button[data-preview]");
  if (preview && !preview.dataset.failed) {
    event.preventDefault();
    toggle(preview);
  }
  const format = event.target.closest("button[data-wrap]");
  if (format) wrap(document.getElementById(format.dataset.wrap), format.dataset);
});

async function toggle(button) {
  const field = document.getElementById(button.dataset.of);
  const view = document.getElementById(`${field.id}-preview`);
  if (!field.value.trim()) return field.focus();
  const showing = button.getAttribute("aria-pressed") === "true";
  if (!showing) {
    const html = await render(button, field);
    if (html === null) return;
    view.querySelector(".body").innerHTML = html; // rendered and sanitised by the server
  }
  view.hidden = showing;
  field.hidden = !showing;
  button.setAttribute("aria-pressed", String(!showing));
  if (showing) field.focus();
}

// The server's rendering, or null after falling back to the plain form.
async function render(button, field) {
  const body = prove(new FormData(), button.form);
  body.set("body", field.value);
  try {
    const answer = await fetch(button.dataset.preview, { method: "POST", body });
    if (answer.ok) return await answer.text();
  } catch {
    // offline, most likely: the browser says it best
  }
  button.dataset.failed = "true";
  button.form.requestSubmit(button);
  return null;
}

function wrap(field, { before, after }) {
  const { selectionStart: start, selectionEnd: end, value } = field;
  const words = value.slice(start, end);
  const whole = after ? before + words + after : words.split("\n").map((line) => before + line).join("\n");
  field.focus();
  field.setRangeText(whole, start, end, words || !after ? "end" : "select");
  if (!words && after) field.setSelectionRange(start + before.length, start + before.length);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
