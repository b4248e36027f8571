// [data-countdown="seconds"] counts down while a reply can still be undone; at its end the parts of
// the page that may have changed are taken from the page as it is then. A message that says what was
// done goes away with its button.
import { renew } from "./autosave.js";

// Milliseconds that the server's clock and ours may differ in which second it is.
const GRACE = 800;
const ends = new WeakMap();

setInterval(() => {
  let over = false;
  for (const place of document.querySelectorAll("[data-countdown]")) {
    if (!ends.has(place)) ends.set(place, Date.now() + Number(place.dataset.countdown) * 1000);
    const left = ends.get(place) - Date.now();
    const words = String(Math.max(0, Math.ceil(left / 1000)));
    if (place.textContent !== words) place.textContent = words;
    if (left < -GRACE) {
      place.removeAttribute("data-countdown");
      const said = place.closest(".flashes > .alert");
      if (said) (said.parentElement.childElementCount > 1 ? said : said.parentElement).remove();
      else over = true;
    }
  }
  if (over) refresh();
}, 500);

async function refresh() {
  const answer = await fetch(location.href).catch(() => null);
  const text = answer?.ok ? await answer.text().catch(() => null) : null;
  if (text !== null) renew(new DOMParser().parseFromString(text, "text/html"));
}
