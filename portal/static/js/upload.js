// One file on its way to the server: sent at once, with its progress, so that the message which
// carries it only names it. One after the other, so that they arrive in the order of choosing.
import { prove } from "./proof.js";

const queue = [];
let isBusy = false;

export class Upload {
  state = "queued"; // then "sending", and "stored", "failed" or "gone"
  progress = 0;
  problem = "";
  id = null;

  constructor(file, { url, form, words, changed }) {
    Object.assign(this, { file, url, form, words, changed });
    this.start();
  }

  get isPending() {
    return this.state === "queued" || this.state === "sending";
  }

  // Also after it failed, from the beginning.
  start() {
    Object.assign(this, { state: "queued", progress: 0, problem: "" });
    queue.push(this);
    next();
  }

  // Stops what is on its way, and takes what has arrived off again.
  remove() {
    const before = this.state;
    this.state = "gone";
    if (before === "queued") queue.splice(queue.indexOf(this), 1);
    if (before === "sending") this.request.abort();
    if (before === "stored") discard(this.url, this.id, this.form);
    this.changed(this);
  }

  send() {
    this.state = "sending";
    const body = prove(new FormData(), this.form);
    body.set("file", this.file, this.file.name);
    this.request = new XMLHttpRequest(); // fetch does not tell how far it is
    this.request.open("POST", this.url);
    this.request.setRequestHeader("Accept", "application/json");
    this.request.responseType = "json";
    this.request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      this.progress = event.loaded / event.total;
      this.changed(this);
    });
    this.request.addEventListener("loadend", () => this.end());
    this.request.send(body);
    this.changed(this);
  }

  end() {
    isBusy = false;
    next();
    if (this.state === "gone") return;
    const { status, response } = this.request;
    if (status === 201 && response) {
      Object.assign(this, { state: "stored", id: response.id });
    } else {
      this.state = "failed";
      this.problem = this.reason(status, response);
      this.mayRetry = status !== 422;
    }
    this.changed(this);
  }

  reason(status, response) {
    if (status === 0) return this.words.interrupted;
    if (status === 422 || status === 503) return response?.message ?? this.words.failed;
    // Signed out; or somebody else signed in since, or long ago.
    return status === 401 || status === 400 ? this.words.ended : this.words.failed;
  }
}

function next() {
  if (isBusy || !queue.length) return;
  isBusy = true;
  queue.shift().send();
}

// What does not arrive here is swept away by the server some day.
export function discard(url, id, form) {
  fetch(`${url}/${id}/discard`, { method: "POST", body: prove(new FormData(), form) }).catch(() => {});
}
