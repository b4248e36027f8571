// The backend of a static site: who is logged in, and a signed token for them. No packages.

import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { PortalRefused, openTicket, portalFromEnvironment, signInToken } from "./portal.js";

// REPLACE THIS by your own accounts and your own login.
const CUSTOMERS = new Map([
  ["1001", { id: "1001", email: "cleo@customer.test", name: "Cleo Customer" }],
  ["1002", { id: "1002", email: "marta@northwind.example", name: "Marta Lindqvist" }],
]);
const sessions = new Map(); // the browser holds a random key; who that is stays here

let portal;
try {
  portal = portalFromEnvironment();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

const FILES = {
  "/": ["index.html", "text/html; charset=utf-8"],
  // The help desk's remote login URL and remote logout URL.
  "/support": ["support.html", "text/html; charset=utf-8"],
  "/signed-out": ["signed-out.html", "text/html; charset=utf-8"],
  "/site.css": ["site.css", "text/css; charset=utf-8"],
  "/site.js": ["site.js", "text/javascript; charset=utf-8"],
  "/index.js": ["index.js", "text/javascript; charset=utf-8"],
  "/support.js": ["support.js", "text/javascript; charset=utf-8"],
  "/signed-out.js": ["signed-out.js", "text/javascript; charset=utf-8"],
};

const CALLS = {
  "/api/session": ({ customer }) => ({
    customer,
    customers: [...CUSTOMERS.values()].map(({ id, name }) => ({ id, name })),
  }),

  "/api/login": ({ key, body, setCookie }) => {
    const customer = CUSTOMERS.get(body.customer);
    if (!customer) return [422, { message: "There is no such customer." }];
    // A new key: one from before the login is worth nothing after it.
    sessions.delete(key);
    const fresh = randomBytes(32).toString("base64url");
    sessions.set(fresh, customer);
    setCookie(fresh);
    return { customer };
  },

  "/api/logout": ({ key, setCookie }) => {
    sessions.delete(key);
    setCookie("");
    return {};
  },

  // The token and where to take it. The page never sees the signing key, and the address is ours:
  // not the callback_api that stands in the page's own address, which anybody can write.
  "/api/support-token": ({ customer }) =>
    customer
      ? { token: signInToken(portal, customer), redirectApi: `${portal.url}/api/auth/redirect` }
      : [401, { message: "Log in first." }],

  "/api/ticket": async ({ customer, body }) => {
    if (!customer) return [401, { message: "Log in first." }];
    if (!/^[0-9a-f-]{36}$/.test(body.formId)) return [422, { message: "The form has no id." }];
    const { title, description } = body;
    return { number: await openTicket(portal, customer, { title, description }, body.formId) };
  },
};

const server = createServer(async (request, response) => {
  response.setHeader(
    "Content-Security-Policy",
    "default-src 'none'; style-src 'self'; script-src 'self'; " +
      `connect-src 'self' ${portal.url}/api/auth/redirect; ` +
      "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  );
  response.setHeader("Referrer-Policy", "no-referrer");
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader("Cache-Control", "no-store");
  const path = request.url.split("?", 1)[0];
  try {
    if (["GET", "HEAD"].includes(request.method) && Object.hasOwn(FILES, path)) {
      const [name, type] = FILES[path];
      response.setHeader("Content-Type", type);
      response.end(await readFile(new URL(`public/${name}`, import.meta.url)));
    } else if (request.method === "POST" && Object.hasOwn(CALLS, path)) {
      await answer(CALLS[path], request, response);
    } else {
      send(response, 404, { message: "There is nothing at this address." });
    }
  } catch (error) {
    console.error(error.message);
    // The reference is for the customer; why it was refused stands in the log.
    if (error instanceof PortalRefused) {
      send(response, 502, { message: "The help desk could not take this.", reference: error.reference });
    } else {
      send(response, 500, { message: "Something broke here. Its log says what." });
    }
  }
});

async function answer(call, request, response) {
  // A page of another site cannot send JSON here: the browser asks us first, and we do not allow it.
  if (request.headers["content-type"] !== "application/json") {
    return send(response, 415, { message: "Send JSON." });
  }
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
    if (text.length > 65_536) return send(response, 413, { message: "That is too long." });
  }
  let body;
  try {
    body = Object(JSON.parse(text));
  } catch {
    return send(response, 400, { message: "That is no JSON." });
  }
  const key = /(?:^|; )site_session=([\w-]+)/.exec(request.headers.cookie ?? "")?.[1];
  const setCookie = (value) => {
    const flags = "Path=/; HttpOnly; SameSite=Lax" + (process.env.SITE_HTTPS === "1" ? "; Secure" : "");
    response.setHeader("Set-Cookie", `site_session=${value}; ${flags}${value ? "" : "; Max-Age=0"}`);
  };
  const result = await call({ key, customer: sessions.get(key) ?? null, body, setCookie });
  Array.isArray(result) ? send(response, ...result) : send(response, 200, result);
}

function send(response, status, content) {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(content));
}

const port = Number(process.env.PORT ?? 8000);
server.on("error", (error) => {
  console.error(`Cannot listen on port ${port}: ${error.message}`);
  process.exit(1);
});
server.listen(port, "127.0.0.1", () => {
  console.log(`Acme Audio is open at http://127.0.0.1:${server.address().port}/`);
});
