// Parts of a page ([data-part]) are renewed from a newer copy of the same page. What did not change
// stays as it is, and so does what somebody is busy with: it waits until they are not.

// Gives whether a part has to wait.
export function renewParts(page) {
  let waits = false;
  for (const part of document.querySelectorAll("[data-part]")) {
    const fresh = page.querySelector(`[data-part="${CSS.escape(part.dataset.part)}"]`);
    if (!fresh || same(part, fresh)) continue;
    if (isBusy(part)) waits = true;
    else replace(part, fresh);
  }
  return waits;
}

// “9 min ago” is no change, nor is where the focus begins or what is unfolded.
function same(part, fresh) {
  const [one, other] = [part, fresh].map((each) => {
    const copy = each.cloneNode(true);
    for (const time of copy.querySelectorAll("time")) {
      time.textContent = "";
      time.removeAttribute("data-aging");
    }
    for (const landed of copy.querySelectorAll("[autofocus]")) landed.removeAttribute("autofocus");
    for (const fold of copy.querySelectorAll("details")) fold.removeAttribute("open");
    for (const form of copy.querySelectorAll("form")) form.removeAttribute("aria-busy");
    return copy;
  });
  return one.isEqualNode(other);
}

function isBusy(part) {
  if (part.querySelector("dialog[open], :popover-open, form[aria-busy=true]")) return true;
  const focused = document.activeElement;
  if (part.contains(focused) && focused.matches("input:not([type=checkbox]), textarea, select")) return true;
  const selection = getSelection();
  if (!selection.isCollapsed && part.contains(selection.anchorNode)) return true;
  return [...part.querySelectorAll("input, textarea, select")].some(isChanged);
}

function isChanged(field) {
  if (field.type === "hidden") return false;
  if (field.options) {
    // A select that never said what is chosen shows its first.
    const said = [...field.options].some((option) => option.defaultSelected);
    return said && [...field.options].some((option) => option.selected !== option.defaultSelected);
  }
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  return field.value !== field.defaultValue;
}

function replace(part, fresh) {
  // It is for the first look at a page.
  for (const landed of fresh.querySelectorAll("[autofocus]")) landed.removeAttribute("autofocus");
  const folds = part.querySelectorAll("details");
  fresh.querySelectorAll("details").forEach((fold, place) => {
    fold.open = folds[place]?.open ?? fold.open;
  });
  const back = part.contains(document.activeElement) && waysTo(document.activeElement);
  part.replaceWith(fresh);
  fresh.dispatchEvent(new Event("renewed", { bubbles: true }));
  if (!back) return;
  const found = back.map((way) => document.querySelector(way)).find(Boolean);
  found?.focus({ preventScroll: true });
}

// Selectors for what had the focus, or for what took its place, the best first: a link may lead
// elsewhere on its page now, and else there is the row that it stood in.
function waysTo(focused) {
  const row = focused.closest("[data-row]")?.dataset.row;
  const inRow = row ? `[data-row="${CSS.escape(row)}"]` : "";
  const href = focused.getAttribute("href");
  const ways = [];
  if (focused.id) ways.push(`#${CSS.escape(focused.id)}`);
  else if (href) {
    const page = CSS.escape(href.split("#")[0]);
    ways.push(`${inRow} [href="${CSS.escape(href)}"]`, `${inRow} [href="${page}"], ${inRow} [href^="${page}#"]`);
  }
  return [...ways, inRow, "main"].filter(Boolean);
}
