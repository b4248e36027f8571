// On to the help desk, signed in. This is the part to copy into a page of your own.

import { Problem, ask, element, showCustomer, showProblem } from "./site.js";

/**
 * Exchange a token of ours for an address that signs this browser in, and go there.
 *
 * Throws a Problem with the help desk's own words and its reference.
 */
async function enterHelpDesk(redirectUrl) {
  const { token, redirectApi } = await ask("support-token");
  const response = await fetch(redirectApi, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ token, redirect_url: redirectUrl }),
    credentials: "omit",
  });
  const answer = await response.json();
  if (!answer.success) throw new Problem(answer.message, answer.error.request_id);
  // `replace`: going back from the help desk does not lead here again.
  location.replace(answer.redirect_url);
}

try {
  if (await showCustomer()) {
    // Where the customer wanted to be. The help desk opens only its own pages and listed ones.
    await enterHelpDesk(new URLSearchParams(location.search).get("redirect_url") ?? undefined);
  }
} catch (error) {
  showProblem(error);
  element("again").hidden = false;
}
