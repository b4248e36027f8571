// What a topic asks. [data-asked-by="name"] stands on the page only while the control of that name
// has one of the answers in data-asked-for, one a line, and is itself asked. What was typed stays.
// <form data-preview-of="id" data-preview-url="…"> shows what it would make of itself.
// <select data-choose="name"> presses the button of that name when another answer is chosen.
const PAUSE = 250;
let timer;

function isAsked(part) {
  const form = part.closest("form, fieldset");
  const control = form?.querySelector(`[name="${CSS.escape(part.dataset.askedBy)}"]`);
  const around = control?.closest("[data-asked-by]");
  if (!control || (around && !isAsked(around))) return false;
  const answer = control.type === "checkbox" ? (control.checked ? "yes" : "no") : control.value;
  return part.dataset.askedFor.split("\n").includes(answer);
}

function ask(root = document) {
  for (const part of root.querySelectorAll("[data-asked-by]")) part.hidden = !isAsked(part);
}

async function preview(form) {
  const shown = document.getElementById(form.dataset.previewOf);
  const body = new FormData(form);
  const answer = await fetch(form.dataset.previewUrl, { method: "POST", body }).catch(() => null);
  const text = answer?.ok ? await answer.text().catch(() => null) : null;
  if (text === null || !shown) return;
  shown.innerHTML = text;
  ask(shown);
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("form");
  if (!form) return;
  ask(form);
  if (!form.dataset.previewUrl) return;
  clearTimeout(timer);
  timer = setTimeout(() => preview(form), PAUSE);
});

document.addEventListener("change", (event) => {
  const name = event.target.dataset?.choose;
  if (name) event.target.form.querySelector(`button[name="${name}"]`)?.click();
});

ask();
