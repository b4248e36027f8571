// The home page: who is logged in, and a form that opens a ticket.

import { ask, element, onLogout, showCustomer, showProblem } from "./site.js";

await showCustomer();
onLogout();

let formId = crypto.randomUUID(); // one for each form that is shown: sent twice, it opens one ticket
element("ticket").addEventListener("submit", async (event) => {
  event.preventDefault();
  element("problem").hidden = true;
  const { title, description } = Object.fromEntries(new FormData(event.target));
  try {
    const { number } = await ask("ticket", { title, description, formId });
    const link = document.createElement("a");
    link.textContent = "Follow it";
    link.href = `/support?redirect_url=${encodeURIComponent(`/tickets/${number}`)}`;
    element("opened").replaceChildren(`Ticket ${number} is open. `, link);
    element("opened").hidden = false;
    event.target.reset();
    formId = crypto.randomUUID();
  } catch (error) {
    showProblem(error);
  }
});
