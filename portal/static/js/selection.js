// <form data-selection>: how many boxes named "number" are ticked, and one that ticks a page of
// them. The bar's verbs are shown once something is ticked; "all that match" is a step of its own,
// offered when the whole page is.
const boxes = (form) => [...form.querySelectorAll('input[name="number"]')];

function show(form) {
  const all = boxes(form);
  const ticked = all.filter((box) => box.checked).length;
  const page = form.querySelector("[data-select-page]");
  const every = form.querySelector('input[name="all"]');
  page.checked = ticked > 0 && ticked === all.length;
  page.indeterminate = ticked > 0 && ticked < all.length;
  if (!page.checked) every.checked = false;
  form.dataset.state = ticked === 0 ? "none" : page.checked ? "page" : "some";
  // What is hidden has no key either.
  for (const verb of form.querySelectorAll(".selection-actions button")) verb.disabled = ticked === 0;
  const said = form.querySelector("[data-selected]");
  const count = every.checked ? every.parentElement.textContent.trim() : said.dataset.selected.replace("%(count)s", ticked);
  said.textContent = ticked ? count : "";
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-selection]");
  if (!form) return;
  if (event.target.matches("[data-select-page]")) {
    for (const box of boxes(form)) box.checked = event.target.checked;
  }
  show(form);
});

// Ticking from one box to another with the shift key held.
let last = null;
document.addEventListener("click", (event) => {
  const box = event.target.closest('form[data-selection] input[name="number"]');
  if (!box) return;
  if (event.shiftKey && last?.isConnected && last.form === box.form) {
    const all = boxes(box.form);
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((one, other) => one - other);
    for (const each of all.slice(from, to + 1)) each.checked = box.checked;
    show(box.form);
  }
  last = box;
});

// A page that the browser kept comes back with what was ticked.
const start = () => document.querySelectorAll("form[data-selection]").forEach(show);
addEventListener("pageshow", start);
document.addEventListener("renewed", start);
start();
