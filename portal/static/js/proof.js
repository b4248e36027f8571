// What a script sends along to show that it speaks for a page of ours: the browser's token, and the
// mark of a form in which somebody writes, which its writer's next session takes as well.
export function prove(body, form) {
  for (const name of ["csrf_token", "form_key", "writer"]) {
    const field = form.elements[name];
    if (field) body.set(name, field.value);
  }
  return body;
}
