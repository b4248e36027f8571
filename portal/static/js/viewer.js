// <a data-picture data-name data-download> opens the picture in the page's <dialog id=viewer>, from
// which one goes on to the next one of the page. Without the dialog the link leads to the picture.
const viewer = () => document.getElementById("viewer");
const part = (name) => viewer().querySelector(`[data-viewer=${name}]`);
let pictures = [];
let at = 0;

function show(number) {
  at = (number + pictures.length) % pictures.length;
  const { href, dataset } = pictures[at];
  const image = part("image");
  part("error").hidden = true;
  image.hidden = false;
  image.alt = dataset.name;
  image.src = href;
  part("download").href = dataset.download;
  document.getElementById("viewer-name").textContent = dataset.name;
  const count = part("count");
  const several = pictures.length > 1;
  count.textContent = several
    ? count.dataset.words.replace("%(number)s", at + 1).replace("%(total)s", pictures.length) : "";
  part("previous").hidden = part("next").hidden = !several;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-picture]");
  const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (link && plain && viewer()) {
    event.preventDefault();
    // What is folded away is not gone through.
    pictures = [...document.querySelectorAll("a[data-picture]")].filter((each) => each.checkVisibility());
    show(pictures.indexOf(link));
    viewer().showModal();
  }
  if (event.target === viewer()) viewer().close(); // beside the picture
  if (event.target.closest("[data-viewer=previous]")) show(at - 1);
  if (event.target.closest("[data-viewer=next]")) show(at + 1);
});

document.addEventListener("keydown", (event) => {
  if (!viewer()?.open || pictures.length < 2 || event.ctrlKey || event.metaKey || event.altKey) return;
  const forward = getComputedStyle(viewer()).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  event.preventDefault();
  show(event.key === forward ? at + 1 : at - 1);
});

// Neither bubbles.
document.addEventListener("error", (event) => {
  if (!event.target.matches?.("[data-viewer=image]")) return;
  event.target.hidden = true;
  part("error").hidden = false;
}, true);
document.addEventListener("close", (event) => {
  if (event.target.id === "viewer") part("image").removeAttribute("src");
}, true);
