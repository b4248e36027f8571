// <button data-copy="id" data-done="Copied"> copies the field with that id, or the text in it.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  const words = button.querySelector("span") ?? button;
  if (field.select) field.select();
  else getSelection().selectAllChildren(field);
  try {
    await navigator.clipboard.writeText(field.value ?? field.textContent);
  } catch {
    return; // no permission: the value stays selected, ready for the keyboard
  }
  button.dataset.words ??= words.textContent;
  words.textContent = button.dataset.done;
  clearTimeout(button.timer);
  button.timer = setTimeout(() => (words.textContent = button.dataset.words), 2000);
});
