// The appearance form changes the page at once; the cookie is still the server's to set.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches(".themes")) return;
  event.preventDefault();
  const chosen = event.submitter;
  const answer = await fetch(form.action, {
    method: "POST",
    body: new FormData(form, chosen),
    redirect: "manual",
  }).catch(() => null);
  if (!answer || (answer.type !== "opaqueredirect" && !answer.ok)) {
    form.submit();
    return;
  }
  const { dataset } = document.documentElement;
  if (chosen.value === "system") delete dataset.theme;
  else dataset.theme = chosen.value;
  document.querySelector("meta[name=color-scheme]").content =
    chosen.value === "system" ? "light dark" : chosen.value;
  for (const button of form.querySelectorAll("button")) button.ariaPressed = String(button === chosen);
});
