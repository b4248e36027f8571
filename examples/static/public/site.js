// What all pages share: asking the backend, showing a problem, the login.

/** Ask our own backend. Throws a Problem when it says no. */
export async function ask(path, content = {}) {
  const response = await fetch(`/api/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(content),
  });
  const answer = await response.json();
  if (!response.ok) throw new Problem(answer.message, answer.reference);
  return answer;
}

/** Something to tell the customer, with the reference under which the help desk's log has it. */
export class Problem extends Error {
  constructor(message, reference) {
    super(reference ? `${message} Reference ${reference}` : message);
  }
}

export const element = (id) => document.getElementById(id);

export function showProblem(error) {
  element("problem").textContent = error instanceof Problem ? error.message : "The help desk cannot be reached.";
  element("problem").hidden = false;
}

/** Show who is logged in, or the login; gives the customer or null. */
export async function showCustomer() {
  const { customer, customers } = await ask("session");
  if (customer) {
    if (element("name")) element("name").textContent = `${customer.name}, ${customer.email}`;
    if (element("customer")) element("customer").hidden = false;
  } else if (element("login")) {
    for (const { id, name } of customers) {
      const button = Object.assign(document.createElement("button"), { type: "button" });
      button.textContent = `Log in as ${name}`;
      button.addEventListener("click", async () => {
        await ask("login", { customer: id });
        location.reload();
      });
      element("login").append(button);
    }
    element("login").hidden = false;
  }
  return customer;
}

export function onLogout() {
  element("logout").addEventListener("click", async () => {
    await ask("logout");
    location.assign("/");
  });
}
