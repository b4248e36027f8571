// Messages that came while the page was open: said politely, one click away where they cannot be
// seen, and seen by the form below them (its hidden fields `seen` and `seen_count`) only once they
// could be read. Until then the server holds a reply back that was written without them.
const shown = new Set();
const numberOf = (message) => Number(message.id.slice(1));
const messages = () => [...document.querySelectorAll("article.message[id^=m]")];

const watcher = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting, intersectionRatio, intersectionRect } of entries) {
    if (!isIntersecting || document.hidden) continue;
    // Half of it, or as much of a long one as half the window takes.
    if (intersectionRatio < 0.5 && intersectionRect.height < innerHeight / 2) continue;
    watcher.unobserve(target);
    shown.add(numberOf(target));
    count();
  }
}, { threshold: [0, 0.25, 0.5, 0.75, 1] });

// The form has seen the newest message up to which all were shown.
function count() {
  const later = messages().map(numberOf).sort((one, other) => one - other);
  for (const field of document.querySelectorAll("form input[name=seen]")) {
    for (const id of later) {
      if (id <= Number(field.value)) continue;
      if (!shown.has(id)) break;
      field.value = id;
    }
  }
  // What a merge brought is earlier by its numbers: it only counts.
  for (const field of document.querySelectorAll("form input[name=seen_count]")) {
    field.dataset.came ??= field.value;
    field.value = Number(field.dataset.came) + shown.size;
  }
  const line = document.querySelector("[data-newcomers]");
  if (line && !line.hidden && shown.has(Number(line.dataset.last))) line.hidden = true;
}

// Renews the page by calling `renew`, and tells of what came. Gives what that gives.
export function tellOfNew(renew) {
  const before = new Set(messages().map((each) => each.id));
  const last = messages().at(-1);
  const atEnd = last && isSeen(last);
  const anchor = !atEnd && messages().find(isSeen);
  const top = anchor && anchor.getBoundingClientRect().top;
  const waits = renew();
  if (anchor) stay(document.getElementById(anchor.id), top);
  const fresh = messages().filter((each) => !before.has(each.id));
  if (!fresh.length || !before.size) return waits;
  for (const each of fresh) watcher.observe(each);
  // Who reads the end of the conversation goes on reading there.
  if (atEnd) fresh[0].scrollIntoView({ block: "nearest" });
  const line = document.querySelector("[data-newcomers]");
  if (!line) return waits;
  const words = JSON.parse(line.dataset.newcomers);
  const said = words[Math.min(fresh.length, words.length) - 1];
  document.querySelector("[data-said]")?.replaceChildren(said);
  const link = line.querySelector("a");
  link.querySelector("span").textContent = said;
  link.href = `#${fresh[0].id}`;
  line.dataset.last = numberOf(fresh.at(-1));
  line.hidden = isSeen(fresh.at(-1));
  return waits;
}

// What is being read stays where it is. (The list begins at its end, and would be pushed up.)
function stay(element, top) {
  const scroller = element?.closest(".thread-scroll");
  if (scroller) scroller.scrollTop += element.getBoundingClientRect().top - top;
}

function isSeen(element) {
  const box = element.getBoundingClientRect();
  const frame = element.closest(".thread-scroll")?.getBoundingClientRect();
  const top = Math.max(0, frame?.top ?? 0);
  const bottom = Math.min(innerHeight, frame?.bottom ?? innerHeight);
  return box.bottom > top && box.bottom <= bottom + 40;
}

export function startWatching() {
  document.addEventListener("click", (event) => {
    const line = event.target.closest("[data-newcomers]");
    if (line) line.hidden = true;
  });
}
