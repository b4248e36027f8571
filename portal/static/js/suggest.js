// <input list=… data-suggest="url"> asks the server for the options of its list while one types.
const PAUSE = 200;

document.addEventListener("input", (event) => {
  const field = event.target.closest("input[data-suggest]");
  if (!field) return;
  clearTimeout(field.timer);
  if (field.value.trim().length > 1) field.timer = setTimeout(() => suggest(field), PAUSE);
});

async function suggest(field) {
  const asked = field.value.trim();
  const url = `${field.dataset.suggest}?${new URLSearchParams({ q: asked })}`;
  const answer = await fetch(url).catch(() => null);
  // A slow answer to fewer letters must not replace that to more; without one, the list stays.
  if (!answer?.ok || field.value.trim() !== asked) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  field.list.replaceChildren(...page.querySelectorAll("option"));
}
