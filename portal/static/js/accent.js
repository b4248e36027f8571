// <portal-accent data-field="id" data-url="…"> around a colour's field and its preview: shows the
// colour while it is typed, and adds the browser's own colour picker to the field.
const COLOUR = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i;
const PAUSE = 150;

class PortalAccent extends HTMLElement {
  connectedCallback() {
    this.field = document.getElementById(this.dataset.field);
    this.preview = this.querySelector(".accent-preview");
    this.field.addEventListener("input", () => this.later());
    this.picker = document.createElement("input");
    this.picker.type = "color";
    this.picker.className = "colour";
    this.picker.setAttribute("aria-label", this.field.labels[0].textContent);
    this.picker.value = this.colour ?? "#000000";
    this.picker.addEventListener("input", () => {
      this.field.value = this.picker.value;
      this.later();
    });
    const row = document.createElement("div");
    row.className = "row";
    this.field.replaceWith(row);
    row.append(this.picker, this.field);
  }

  // Six digits, or nothing while the field holds no colour.
  get colour() {
    const text = this.field.value.trim().toLowerCase();
    if (!COLOUR.test(text)) return undefined;
    return text.length === 7 ? text : `#${[...text.slice(1)].map((digit) => digit + digit).join("")}`;
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.show(), PAUSE);
  }

  async show() {
    const colour = this.colour;
    if (!colour) return;
    this.picker.value = colour;
    const url = new URL(this.dataset.url, location.href);
    url.searchParams.set("colour", colour);
    const response = await fetch(url, { headers: { Accept: "text/html" } });
    if (response.ok && colour === this.colour) this.preview.innerHTML = await response.text();
  }
}

customElements.define("portal-accent", PortalAccent);
