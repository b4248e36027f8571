// <portal-files> around <input type=file multiple> and <ul class="chosen">: lists what was chosen,
// takes single files off again, and accepts files pasted or dropped anywhere in its form.
// data-limit: bytes a file may have; data-too-large: the sentence for a larger one.
const THUMBNAIL_LIMIT = 8_000_000;

class PortalFiles extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input[type=file]");
    this.list = this.querySelector(".chosen");
    this.chosen = [...this.input.files];
    this.input.addEventListener("change", () => this.add(this.input.files));
    const form = this.input.form ?? this;
    form.addEventListener("paste", (event) => this.take(event, event.clipboardData));
    form.addEventListener("dragover", (event) => this.hover(event));
    form.addEventListener("dragleave", () => this.classList.remove("dropping"));
    form.addEventListener("drop", (event) => this.take(event, event.dataTransfer));
    this.show();
  }

  hover(event) {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    this.classList.add("dropping");
  }

  take(event, transfer) {
    this.classList.remove("dropping");
    if (!transfer?.files.length) return;
    event.preventDefault();
    this.add(transfer.files);
  }

  add(files) {
    const limit = Number(this.dataset.limit ?? Infinity);
    this.complaint = "";
    for (const file of files) {
      const known = this.chosen.some((other) => other.name === file.name && other.size === file.size
        && other.lastModified === file.lastModified);
      if (file.size > limit) this.complaint = this.dataset.tooLarge.replace("%(name)s", file.name);
      else if (!known) this.chosen.push(file);
    }
    this.show();
  }

  show() {
    const transfer = new DataTransfer();
    for (const file of this.chosen) transfer.items.add(file);
    this.input.files = transfer.files;
    this.list.replaceChildren(...this.chosen.map((file) => this.entry(file)));
    if (this.complaint) this.list.append(element("li", "error", this.complaint));
  }

  entry(file) {
    const item = element("li", "file");
    if (file.type.startsWith("image/") && file.size < THUMBNAIL_LIMIT) item.append(thumbnail(file));
    const remove = element("button", "button quiet s square", "×");
    remove.type = "button";
    remove.title = this.list.dataset.remove.replace("%(name)s", file.name);
    remove.setAttribute("aria-label", remove.title);
    remove.addEventListener("click", () => {
      this.chosen = this.chosen.filter((other) => other !== file);
      this.show();
      this.input.focus();
    });
    item.append(element("span", "cut", file.name), element("span", "muted nowrap", size(file.size)), remove);
    return item;
  }
}

function element(name, classes, text = "") {
  const made = document.createElement(name);
  made.className = classes;
  made.textContent = text;
  return made;
}

// A data: address, because the content policy allows no blob: images.
function thumbnail(file) {
  const image = element("img", "");
  image.alt = "";
  const reader = new FileReader();
  reader.addEventListener("load", () => (image.src = reader.result));
  reader.readAsDataURL(file);
  return image;
}

function size(bytes) {
  const [amount, unit] = bytes < 999_500 ? [bytes / 1e3, "KB"] : [bytes / 1e6, "MB"];
  const digits = { maximumFractionDigits: unit === "MB" && amount < 99.5 ? 1 : 0 };
  return `${Math.max(amount, 1).toLocaleString(document.documentElement.lang, digits)}\u00a0${unit}`;
}

customElements.define("portal-files", PortalFiles);
