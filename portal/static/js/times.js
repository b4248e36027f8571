// “9 min ago” grows old on a page that stays open. Days and dates are left to the next page.
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const { lang } = document.documentElement;
const directed = new Intl.RelativeTimeFormat(lang === "en" ? "en-GB" : lang, { style: "short" });
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

setInterval(refresh, MINUTE);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
