// Lists by keyboard. A row is [data-row="a name of its own"]: j and k move the focus to the next and
// the one before, o opens its first link (or [data-open]), x ticks its first box. Whoever comes back
// to the list with the keyboard finds the focus where it was.
const KEPT = "portal.row";
const page = location.pathname + location.search;

function rows() {
  return [...document.querySelectorAll("[data-row]")].filter((row) => row.checkVisibility());
}

// What has the focus for a row: its link, or the row itself where it can have it (a message).
function handle(row) {
  return row.hasAttribute("tabindex") ? row : row.querySelector("[data-open]") ?? row.querySelector("a[href]");
}

function current() {
  return document.activeElement?.closest("[data-row]");
}

export function moveRow(step) {
  const all = rows();
  const place = all.indexOf(current());
  const row = all[place < 0 ? (step > 0 ? 0 : all.length - 1) : place + step];
  if (row) focus(row);
  return all.length > 0;
}

function focus(row) {
  handle(row)?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

export function openRow() {
  const row = current();
  const link = row?.querySelector("[data-open]") ?? row?.querySelector("a[href]");
  if (!link) return false;
  rememberRow();
  link.click();
  return true;
}

export function selectRow() {
  const box = current()?.querySelector("input[type=checkbox]");
  box?.click();
  return Boolean(box);
}

// Before a row is opened: its name, and its place for when it is no longer in the list.
export function rememberRow(row = current()) {
  if (!row) return;
  const kept = { page, row: row.dataset.row, place: rows().indexOf(row) };
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
}

// A change of ticked rows, or by a row's own button, comes back to the list as well: to the first of
// them, or to what took its place. A click with the keyboard has no detail.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[type=submit]");
  if (!button?.form || event.detail) return;
  if (button.form.id === "row-actions") rememberRow(button.closest("[data-row]"));
  if (button.form.matches("[data-selection]")) rememberRow(button.form.querySelector("[data-row]:has(:checked)"));
});

// Who went on from what was opened, to what stands beside it, comes back to that.
const [beside] = document.querySelectorAll("[data-row-of]");

addEventListener("pageshow", () => {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  if (kept && beside) sessionStorage.setItem(KEPT, JSON.stringify({ ...kept, row: beside.dataset.rowOf }));
  if (kept?.page !== page || document.activeElement !== document.body) return;
  sessionStorage.removeItem(KEPT);
  const all = rows();
  const row = all.find((each) => each.dataset.row === kept.row) ?? all[Math.min(kept.place, all.length - 1)];
  if (row) focus(row);
});
