// What there is to see. The tag html`…` escapes every value that is no Html already.

class Html {
  constructor(text) {
    this.text = text;
  }
}

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escape(value) {
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(escape).join("");
  return String(value ?? "").replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

function html(strings, ...values) {
  return new Html(String.raw({ raw: strings }, ...values.map(escape)));
}

function page(title, content) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Acme Audio</title>
        <link rel="stylesheet" href="/site.css" />
      </head>
      <body>
        <header><a href="/">Acme Audio</a> <a href="/support">Support</a></header>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html>`.text;
}

const csrf = (session) => html`<input type="hidden" name="csrf" value="${session.csrf}" />`;

export function home(session, customer, opened) {
  if (!customer) {
    return page(
      "Welcome",
      html`<p>You are not logged in.</p>
        <p><a class="button" href="/login">Log in</a></p>`,
    );
  }
  const link = `/support?redirect_url=${encodeURIComponent(`/tickets/${opened}`)}`;
  const notice = html`<p class="notice" role="status">
    Ticket ${opened} is open. <a href="${link}">Follow it</a>
  </p>`;
  return page(
    "Welcome",
    html`${opened ? notice : ""}
      <p>You are logged in as ${customer.name}, ${customer.email}.</p>
      <p>
        <a class="button" href="/support">Go to the help desk</a>
        <a class="button" href="/ticket">Ask support</a>
      </p>
      <form method="post" action="/logout">${csrf(session)}<button>Log out</button></form>`,
  );
}

export function login(session, customers, next) {
  const buttons = [...customers].map(
    ({ id, name }) => html`<button name="customer" value="${id}">Log in as ${name}</button> `,
  );
  return page(
    "Log in",
    html`<p>This sample asks for no password. Your own login goes here.</p>
      <form method="post" action="/login">
        ${csrf(session)}<input type="hidden" name="next" value="${next}" />${buttons}
      </form>`,
  );
}

export function handover(callbackUrl, token) {
  return page(
    "One moment",
    html`<form id="handover" method="post" action="${callbackUrl}">
        <input type="hidden" name="token" value="${token}" />
        <button>Continue to the help desk</button>
      </form>
      <script src="/handover.js"></script>`,
  );
}

export function ticket(session, form, refused) {
  const reference = refused?.reference ? html` Reference ${refused.reference}` : "";
  const alert = html`<p class="alert" role="alert">The help desk could not take this.${reference}</p>`;
  return page(
    "Ask support",
    html`${refused ? alert : ""}
      <form method="post" action="/ticket">
        ${csrf(session)}<input type="hidden" name="form_id" value="${form.formId}" />
        <label>Subject <input name="title" maxlength="200" required value="${form.title}" /></label>
        <label>What happened? <textarea name="description" rows="6" required>${form.description}</textarea></label>
        <button>Send</button>
      </form>`,
  );
}

export function signedOut(session, customer) {
  const here = html`<p>Here you are still logged in as ${customer?.name}.</p>
    <form method="post" action="/logout">${csrf(session)}<button>Log out here too</button></form>`;
  return page(
    "You have left the help desk",
    html`${customer ? here : html`<p>You are not logged in here either.</p>`}
      <p><a href="/support">Back to the help desk</a></p>`,
  );
}

export function problem(sentence) {
  return page("That did not work", html`<p>${sentence}</p>`);
}
