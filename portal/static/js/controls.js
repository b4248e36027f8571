// Using a control on somebody's behalf: a click, or the focus where it is a field. A menu that it
// opens gets the focus.
import { enterMenu } from "./menus.js";

export function use(control) {
  if (!control.matches("input:not([type=checkbox], [type=radio]), select, textarea")) {
    control.click();
    const menu = control.popoverTargetElement;
    if (menu?.matches(".menu:popover-open")) enterMenu(menu);
    return;
  }
  unfold(control);
  control.focus();
  if (control.select) control.select();
  if (control.tagName === "SELECT") control.showPicker?.();
}

function unfold(control) {
  const folds = "details, [popover]";
  for (let fold = control.closest(folds); fold; fold = fold.parentElement.closest(folds)) {
    if (fold.tagName === "DETAILS") fold.open = true;
    else if (!fold.checkVisibility()) fold.showPopover();
  }
}

// What a control is called.
export function wordsOf(control) {
  const label = control.labels?.[0]?.textContent;
  const words = [control.dataset.action, control.getAttribute("aria-label"), label, control.title, control.textContent];
  return words.find((each) => each?.trim())?.trim().replace(/\s+/g, " ") ?? "";
}
