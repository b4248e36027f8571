// A tiny company site whose customers are signed in to the help desk already.

import { randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import express from "express";
import * as pages from "./pages.js";
import { PortalRefused, openTicket, portalFromEnvironment, signInToken } from "./portal.js";

// REPLACE THIS by your own accounts and your own login.
const CUSTOMERS = new Map([
  ["1001", { id: "1001", email: "cleo@customer.test", name: "Cleo Customer" }],
  ["1002", { id: "1002", email: "marta@northwind.example", name: "Marta Lindqvist" }],
]);

let portal;
try {
  portal = portalFromEnvironment();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

const app = express();
app.disable("x-powered-by");
app.use((request, response, next) => {
  response.set({
    "Content-Security-Policy":
      "default-src 'none'; style-src 'self'; script-src 'self'; " +
      `form-action 'self' ${portal.callbackUrl}; frame-ancestors 'none'; base-uri 'none'`,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store", // pages show who is logged in, and one holds a token
  });
  next();
});
app.use(express.static("public", { index: false }));
app.use(express.urlencoded({ extended: false, limit: "64kb" }));

// Sessions: the browser holds a random key; what it stands for stays here, in memory. A real site
// has its own, or express-session with a store.
const sessions = new Map();
const cookie = { httpOnly: true, sameSite: "lax", secure: process.env.SITE_HTTPS === "1", path: "/" };

function startSession(response, content) {
  const key = randomBytes(32).toString("base64url");
  sessions.set(key, { key, csrf: randomBytes(16).toString("hex"), ...content });
  response.cookie("site_session", key, cookie);
  return sessions.get(key);
}

app.use((request, response, next) => {
  const key = /(?:^|; )site_session=([\w-]+)/.exec(request.headers.cookie ?? "")?.[1];
  request.session = sessions.get(key) ?? startSession(response, {});
  request.customer = CUSTOMERS.get(request.session.customer);
  const sent = Buffer.from(field(request.body, "csrf"));
  const wanted = Buffer.from(request.session.csrf);
  if (request.method === "POST" && !(sent.length === wanted.length && timingSafeEqual(sent, wanted))) {
    const sentence = "The form was too old, or came from another site. Nothing was done.";
    return response.status(403).send(pages.problem(sentence));
  }
  next();
});

function loggedIn(request, response, next) {
  if (request.customer) return next();
  response.redirect(303, `/login?next=${encodeURIComponent(request.originalUrl)}`);
}

app.get("/", (request, response) => {
  const { opened } = request.session;
  delete request.session.opened;
  response.send(pages.home(request.session, request.customer, opened));
});

app.get("/login", (request, response) => {
  const next = localPath(field(request.query, "next"));
  response.send(pages.login(request.session, CUSTOMERS.values(), next));
});

app.post("/login", (request, response) => {
  const customer = CUSTOMERS.get(field(request.body, "customer"));
  if (customer) {
    // A new key: a session from before the login is worth nothing after it.
    sessions.delete(request.session.key);
    startSession(response, { customer: customer.id });
  }
  response.redirect(303, localPath(field(request.body, "next")));
});

app.post("/logout", (request, response) => {
  sessions.delete(request.session.key);
  response.clearCookie("site_session", cookie);
  response.redirect(303, "/");
});

// The help desk's "remote login URL". It adds redirect_url, where the customer wanted to be, and
// callback_api and tenant, which are not read: where tokens go is a setting, not a parameter.
app.get("/support", loggedIn, (request, response) => {
  const token = signInToken(portal, request.customer, field(request.query, "redirect_url") || undefined);
  // The token travels in a form that sends itself. In an address (303 to …?token=) it would work
  // too, but would also be in the browser's history and in every log on the way.
  response.send(pages.handover(portal.callbackUrl, token));
});

app.get("/ticket", loggedIn, (request, response) => {
  response.send(pages.ticket(request.session, { formId: randomUUID() }));
});

app.post("/ticket", loggedIn, async (request, response) => {
  const form = {
    title: field(request.body, "title"),
    description: field(request.body, "description"),
    formId: field(request.body, "form_id"),
  };
  // It becomes a header: only what we made.
  if (!/^[0-9a-f-]{36}$/.test(form.formId)) form.formId = randomUUID();
  try {
    request.session.opened = await openTicket(portal, request.customer, form, form.formId);
  } catch (error) {
    if (!(error instanceof PortalRefused)) throw error;
    console.error(error.message);
    return response.status(502).send(pages.ticket(request.session, form, error));
  }
  response.redirect(303, "/");
});

// The help desk's "remote logout URL": the customer has left the help desk, but not this site.
app.get("/signed-out", (request, response) => {
  response.send(pages.signedOut(request.session, request.customer));
});

app.use((request, response) => {
  response.status(404).send(pages.problem("There is no page at this address."));
});

/** A parameter as text. Express makes arrays of repeated names, and nothing here expects one. */
function field(from, name) {
  return typeof from?.[name] === "string" ? from[name] : "";
}

/** A path of this site, or the home page. "//host" and "/\host" would lead elsewhere. */
function localPath(path) {
  return /^\/(?![/\\])[!-[\]-~]*$/.test(path) ? path : "/";
}

const port = Number(process.env.PORT ?? 8000);
const server = app.listen(port, "127.0.0.1", (error) => {
  if (error) {
    console.error(`Cannot listen on port ${port}: ${error.message}`);
    process.exit(1);
  }
  console.log(`Acme Audio is open at http://127.0.0.1:${server.address().port}/`);
});
