// Ctrl+Enter (⌘ Enter) in a field with data-send sends its form. A form with data-once is sent once:
// the server would not take it twice either, but a second click should not look like a second try.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.shiftKey) return;
  if (!event.target.matches("[data-send]")) return;
  // A form whose button names the keys itself leaves them to shortcuts.js.
  if (event.target.form.querySelector('[data-shortcut="Control+Enter"]')) return;
  event.preventDefault();
  const { form } = event.target;
  form.requestSubmit(form.querySelector("button:not([type=button], [formnovalidate], [formaction])"));
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.matches("[data-once]")) return;
  if (form.ariaBusy === "true") event.preventDefault();
  form.ariaBusy = "true";
});

// Back from the next page, the form may be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[aria-busy]")) form.ariaBusy = null;
});
