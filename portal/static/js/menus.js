// Menus by keyboard. One that a key has opened has the focus on its first entry; the arrows go from
// entry to entry. Escape closes it, and the browser gives the focus back to what had it before.
import { fieldOf } from "./keys.js";

const entries = (menu) =>
  [...menu.querySelectorAll("a[href], button, input")].filter((entry) => !entry.disabled && entry.checkVisibility());

export function enterMenu(menu, last = false) {
  entries(menu).at(last ? -1 : 0)?.focus();
}

document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.defaultPrevented || fieldOf(event.target)) return;
  const opened = event.target.popoverTargetElement;
  const menu = opened?.matches(".menu:popover-open") ? opened : event.target.closest(".menu:popover-open");
  if (!menu) return;
  event.preventDefault();
  const all = entries(menu);
  const place = all.indexOf(event.target);
  if (place < 0) enterMenu(menu, step < 0);
  else all.at((place + step) % all.length).focus();
});
