// <portal-checklist data-url="…" data-etag="…"> around a list of steps: asks every few seconds what
// was done meanwhile, as long as somebody looks at the page and a step is left.
const PAUSE = 4000;
// A page that was forgotten must not keep its session alive.
const PATIENCE = 15 * 60_000;

class PortalChecklist extends HTMLElement {
  connectedCallback() {
    this.etag = `"${this.dataset.etag}"`;
    this.awake = Date.now();
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    const stir = () => (this.awake = Date.now());
    for (const sign of ["pointermove", "keydown", "scroll"]) {
      document.addEventListener(sign, stir, { signal, passive: true, capture: true });
    }
    document.addEventListener("visibilitychange", () => {
      stir();
      this.ask();
    }, { signal });
    this.timer = setInterval(() => this.ask(), PAUSE);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    this.listeners.abort();
  }

  get isWatched() {
    return !document.hidden && Date.now() - this.awake < PATIENCE;
  }

  async ask() {
    if (this.asking || !this.isWatched) return;
    this.asking = true;
    const headers = { Accept: "text/html", "If-None-Match": this.etag };
    const answer = await fetch(this.dataset.url, { headers, redirect: "manual" }).catch(() => null);
    if (answer?.ok) {
      this.etag = answer.headers.get("ETag");
      this.renew(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } else if (answer && answer.status !== 304 && answer.status < 500) {
      this.disconnectedCallback(); // signed out meanwhile: there is nothing more to hear
    }
    this.asking = false;
  }

  // Only what changed is replaced: what is selected or focused elsewhere stays.
  renew(page) {
    const steps = [...this.querySelectorAll("li")];
    const fresh = [...page.querySelectorAll("li")];
    steps.forEach((step, place) => {
      if (fresh[place] && step.innerHTML !== fresh[place].innerHTML) step.replaceWith(fresh[place]);
    });
    const words = page.querySelector("[role=status]")?.textContent;
    const status = this.querySelector("[role=status]");
    if (words && status.textContent !== words) status.textContent = words;
    if (page.querySelector("[data-complete]")) this.disconnectedCallback();
  }
}

customElements.define("portal-checklist", PortalChecklist);
