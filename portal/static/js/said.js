// What the last action had to say stands in the page from its beginning; screen readers say of a
// live region only what changes in it. A space that nobody sees is a change, and then they read all
// of it, for a status is atomic.
addEventListener("load", () => {
  for (const said of document.querySelectorAll(".flashes")) {
    const change = document.createElement("span");
    change.className = "hidden";
    change.textContent = "\u00a0";
    said.append(change);
  }
});
