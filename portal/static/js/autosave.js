// <form data-autosave> is sent as soon as its select has another answer, and the parts of the page
// that may have changed ([data-part]) are taken from the answer. What is being written stays.
// <form data-inplace> does the same when it is sent. An answer that says what is wrong is shown too.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-autosave]");
  if (form) form.requestSubmit();
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-autosave], [data-inplace]")) return;
  event.preventDefault();
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  const page = await send(form, event.submitter);
  form.ariaBusy = null;
  if (page) renew(page);
  else complain(form, form.dataset.failed);
});

// The page after the change, or null when it was not made or not heard of.
async function send(form, submitter) {
  const body = new FormData(form, submitter);
  const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
  if (!answer?.ok && answer?.status !== 422) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("[data-part]") && page;
}

export function renew(page) {
  const focused = document.activeElement?.id;
  for (const part of document.querySelectorAll("[data-part]")) {
    const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!fresh) continue;
    const folds = part.querySelectorAll("details");
    fresh.querySelectorAll("details").forEach((fold, place) => {
      fold.open = folds[place]?.open ?? fold.open;
    });
    part.replaceWith(fresh);
  }
  if (focused) document.getElementById(focused)?.focus();
  const said = page.querySelector(".flashes");
  const status = document.querySelector("[data-said]");
  if (status) status.textContent = said?.textContent.trim() ?? "";
  const refused = said?.querySelector(".amber");
  if (refused) complain(document.querySelector("form[data-autosave]"), refused.textContent.trim());
}

function complain(form, words) {
  for (const select of form.querySelectorAll("select")) {
    for (const option of select.options) option.selected = option.defaultSelected;
  }
  const line = form.querySelector(".error") ?? document.createElement("p");
  line.className = "error";
  line.role = "alert";
  line.textContent = words;
  form.append(line);
}
