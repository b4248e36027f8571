// “9 min ago” grows old on a page that stays open. Days and dates are left to the next page.
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
// The server writes European digits in every language; so does the browser here.
const lang = `${document.documentElement.lang}-u-nu-latn`;
const directed = new Intl.RelativeTimeFormat(lang.replace(/^en-u/, "en-GB-u"), { style: "short" });
const plain = (unit) => new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "short" });
const units = { minute: plain("minute"), hour: plain("hour") };

function refresh() {
  for (const time of document.querySelectorAll("time[data-when=relative], time[data-when=short]")) {
    const elapsed = Date.now() - Date.parse(time.dateTime);
    if (elapsed < MINUTE || elapsed > 12 * HOUR) continue;
    const unit = elapsed < HOUR ? "minute" : "hour";
    const amount = Math.floor(elapsed / (unit === "minute" ? MINUTE : HOUR));
    // The server says “today, 14:02” from the first hour on, which does not age.
    if (time.dataset.when === "short") time.textContent = units[unit].format(amount);
    else if (unit === "minute" || time.dataset.aging) {
      time.textContent = directed.format(-amount, unit);
      time.dataset.aging = "true";
    }
  }
}

// What is left of a length of time: its two largest units, as the server writes them.
const long = (unit) => new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "long" });
const spans = [["day", 24 * HOUR], ["hour", HOUR], ["minute", MINUTE]].map(([unit, size]) => [long(unit), size]);

function countDown() {
  for (const time of document.querySelectorAll("time[data-when=until]")) {
    let left = Math.max(0, Date.parse(time.dateTime) - Date.now());
    const parts = spans.map(([words, size]) => {
      const amount = Math.floor(left / size);
      left %= size;
      return amount && words.format(amount);
    });
    const first = parts.findIndex(Boolean);
    time.textContent = first < 0 ? time.dataset.none : parts.slice(first, first + 2).filter(Boolean).join(" ");
  }
}

setInterval(countDown, MINUTE);
setInterval(refresh, MINUTE);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
