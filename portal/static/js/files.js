// <portal-files> around <input type=file multiple>: files that are chosen, pasted into its form or
// dropped on the page are sent to data-upload one by one, and listed in the form's .chosen with
// their progress; the form carries their ids. It waits for them when it is sent too early.
// data-max-bytes and data-max-files are the limits, data-words the sentences.
import { Upload, discard } from "./upload.js";

const PICTURES = ["image/gif", "image/jpeg", "image/png", "image/webp"];

class PortalFiles extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input[type=file]");
    this.form = this.input.form;
    this.list = this.form.querySelector(".chosen");
    this.words = JSON.parse(this.dataset.words);
    this.entries = new Map();
    this.input.addEventListener("change", () => this.add([...this.input.files]));
    if (this.input.files.length) this.add([...this.input.files]); // kept by the browser on reload
  }

  add(files) {
    this.input.value = "";
    const problems = files.map((file) => this.refusal(file) ?? this.take(file));
    this.refused = problems.find(Boolean) ?? "";
    this.say(this.refused);
  }

  refusal(file) {
    if (this.count >= Number(this.dataset.maxFiles)) return this.words.tooMany;
    return file.size > Number(this.dataset.maxBytes) ? fill(this.words.tooLarge, file.name) : null;
  }

  // Those that the server had listed already count as well.
  get count() {
    return this.entries.size + this.form.querySelectorAll(".waiting [name=attachment]").length;
  }

  take(file) {
    const known = [...this.entries.keys()].some(({ file: other }) => other.name === file.name
      && other.size === file.size && other.lastModified === file.lastModified);
    if (known) return;
    const { words, dataset, form } = this;
    const upload = new Upload(file, { url: dataset.upload, form, words, changed: (it) => this.changed(it) });
    this.entries.set(upload, this.entry(upload));
    this.list.append(this.entries.get(upload).item);
    this.changed(upload);
  }

  entry(upload) {
    const { file } = upload;
    const item = element("li", "file");
    const image = PICTURES.includes(file.type) ? element("img", "") : null;
    if (image) Object.assign(image, { alt: "", src: URL.createObjectURL(file) });
    const progress = element("progress", "");
    progress.setAttribute("aria-label", fill(this.words.sending, file.name));
    const problem = element("span", "error");
    const retry = element("button", "button quiet s", this.words.retry);
    retry.type = "button";
    retry.addEventListener("click", () => upload.start());
    const remove = element("button", "button quiet s square", "×");
    remove.type = "button";
    remove.addEventListener("click", () => upload.remove());
    item.append(...[image].filter(Boolean), element("span", "cut", file.name),
      element("bdi", "muted nowrap", size(file.size)), progress, problem, retry, remove);
    return { item, image, progress, problem, retry, remove };
  }

  changed(upload) {
    const entry = this.entries.get(upload);
    if (!entry) return;
    if (upload.state === "gone") this.drop(upload, entry);
    else this.show(upload, entry);
    if (!upload.isPending) {
      // A draft is saved with its files.
      this.form.dispatchEvent(new Event("change", { bubbles: true }));
      this.sendWhenReady();
    }
  }

  drop(upload, { item, image }) {
    if (image) URL.revokeObjectURL(image.src);
    item.remove();
    this.entries.delete(upload);
    this.refused = "";
    this.say("");
    this.input.focus();
  }

  show(upload, { item, progress, problem, retry, remove }) {
    const { state, file } = upload;
    item.dataset.state = state;
    progress.hidden = !upload.isPending;
    progress.value = upload.progress;
    problem.textContent = upload.problem;
    problem.hidden = retry.hidden = state !== "failed";
    if (!upload.mayRetry) retry.hidden = true;
    remove.title = fill(upload.isPending ? this.words.cancel : this.words.remove, file.name);
    remove.setAttribute("aria-label", remove.title);
    item.querySelector("[name=attachment]")?.remove();
    if (state === "stored") {
      item.append(hidden("attachment", upload.id));
      this.say(fill(this.words.attached, file.name), true);
    }
    if (state === "failed") this.say(upload.problem, true);
  }

  // What is seen in the list already is said to those who do not see it only, and never in the
  // place of why a file was not taken.
  say(text, seen = false) {
    if (seen && this.refused) return;
    const place = this.form.querySelector(".files-said");
    place.textContent = text;
    place.classList.toggle("hidden", seen);
  }

  // Whether the form has to wait, for files that are on their way or for a decision.
  holds(submitter) {
    const uploads = [...this.entries.keys()];
    this.waiting = null;
    if (uploads.some((upload) => upload.isPending)) {
      this.waiting = { submitter };
      this.say(this.words.waits);
      return true;
    }
    const failed = uploads.find((upload) => upload.state === "failed");
    if (!failed) return false;
    this.say(this.words.unsent);
    const { retry, remove } = this.entries.get(failed);
    (retry.hidden ? remove : retry).focus();
    return true;
  }

  sendWhenReady() {
    const submitter = this.waiting?.submitter;
    if (!this.waiting || this.holds(submitter)) return;
    this.form.requestSubmit(submitter);
  }
}

const chooserOf = (target) => target.closest?.("form")?.querySelector("portal-files");
// Dropped beside a form, files go to the only one there is; without any, the browser opens them.
const chooserAt = (target) => {
  const all = document.querySelectorAll("portal-files");
  return chooserOf(target) ?? (all.length === 1 ? all[0] : null);
};
const shown = (chooser) => {
  for (const each of document.querySelectorAll("form.dropping")) each.classList.remove("dropping");
  chooser?.form.classList.add("dropping");
};

document.addEventListener("paste", (event) => {
  const chooser = chooserOf(event.target);
  const { files } = event.clipboardData;
  // Office programs copy a picture of the text beside the text.
  if (!chooser || !files.length || event.clipboardData.getData("text/plain")) return;
  event.preventDefault();
  chooser.add([...files].map((file) => (file.name === "image.png" ? named(file, chooser.words.pasted) : file)));
});

document.addEventListener("dragover", (event) => {
  const chooser = event.dataTransfer.types.includes("Files") && chooserAt(event.target);
  if (!chooser) return;
  event.preventDefault();
  shown(chooser);
});

document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) shown(null);
});

document.addEventListener("drop", (event) => {
  shown(null);
  const chooser = event.dataTransfer.files.length && chooserAt(event.target);
  if (!chooser) return;
  event.preventDefault();
  chooser.add([...event.dataTransfer.files]);
});

// Before everybody else who listens, so that nobody takes a form that is not complete.
document.addEventListener("submit", (event) => {
  const chooser = event.target.querySelector("portal-files");
  if (event.submitter?.name === "discard" || !chooser?.holds(event.submitter)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

// A file that the server listed is taken off without leaving the page.
document.addEventListener("click", (event) => {
  const button = event.target.closest(".waiting button[name=discard]");
  const chooser = button && chooserOf(button);
  if (!chooser) return;
  event.preventDefault();
  discard(chooser.dataset.upload, button.value, button.form);
  button.closest("li").remove();
  chooser.form.dispatchEvent(new Event("change", { bubbles: true }));
  chooser.input.focus();
});

// A name that tells several pasted pictures apart.
function named(file, words) {
  const time = new Date().toTimeString().slice(0, 8).replaceAll(":", "-");
  return new File([file], `${words} ${time}.png`, { type: file.type });
}

function element(name, classes, text = "") {
  const made = document.createElement(name);
  made.className = classes;
  made.textContent = text;
  return made;
}

function hidden(name, value) {
  const input = element("input", "");
  return Object.assign(input, { type: "hidden", name, value });
}

function fill(sentence, name) {
  return sentence.replace("%(name)s", name);
}

function size(bytes) {
  const [amount, unit] = bytes < 999_500 ? [bytes / 1e3, "KB"] : [bytes / 1e6, "MB"];
  const digits = { maximumFractionDigits: unit === "MB" && amount < 99.5 ? 1 : 0 };
  return `${Math.max(amount, 1).toLocaleString(document.documentElement.lang, digits)}\u00a0${unit}`;
}

customElements.define("portal-files", PortalFiles);
