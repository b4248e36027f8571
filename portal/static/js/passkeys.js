// <form data-passkey="get" data-options="url"> asks the browser for a passkey before it is sent:
// the challenge comes from the url, the answer goes into the form's field "credential".
// data-passkey="create" makes a passkey. What went wrong is said in the form's [role=alert]:
// data-failed when the browser gave none, data-late when the server had no challenge.
const decode = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const encode = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const decodeIds = (list) => list?.map((each) => ({ ...each, id: decode(each.id) }));

// The browser's own methods for this are younger than passkeys are.
const optionsFrom = (json) => ({
  ...json,
  challenge: decode(json.challenge),
  ...(json.user && { user: { ...json.user, id: decode(json.user.id) } }),
  ...(json.allowCredentials && { allowCredentials: decodeIds(json.allowCredentials) }),
  ...(json.excludeCredentials && { excludeCredentials: decodeIds(json.excludeCredentials) }),
});

const answerFrom = ({ id, rawId, type, response, authenticatorAttachment }) => {
  const given = { clientDataJSON: encode(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) given[name] = encode(response[name]);
  }
  if (response.getTransports) given.transports = response.getTransports();
  return {
    id, type, rawId: encode(rawId), response: given, clientExtensionResults: {},
    ...(authenticatorAttachment && { authenticatorAttachment }),
  };
};

async function challenge(form) {
  const answer = await fetch(form.dataset.options, {
    method: "POST",
    headers: { Accept: "application/json", "X-CSRF-Token": form.elements.csrf_token.value },
  });
  return answer.ok ? optionsFrom(await answer.json()) : null;
}

const say = (form, words) => {
  const place = form.querySelector("[role=alert]");
  place.replaceChildren(place.firstElementChild, words);
  place.hidden = false;
};

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-passkey]")) return;
  event.preventDefault();
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  form.querySelector("[role=alert]").hidden = true;
  try {
    const publicKey = await challenge(form);
    if (!publicKey) return say(form, form.dataset.late);
    const credential = await navigator.credentials[form.dataset.passkey]({ publicKey });
    form.elements.credential.value = JSON.stringify(answerFrom(credential));
    form.submit();
  } catch {
    say(form, form.dataset.failed);
  } finally {
    form.ariaBusy = null;
  }
});

// A browser without passkeys is offered none.
if (!window.PublicKeyCredential) {
  for (const part of document.querySelectorAll("[data-passkeys-only]")) part.hidden = true;
}
