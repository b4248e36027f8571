// Signs customers in to the help desk and opens tickets for them.
// Copy this file into a site of your own: signInToken() and openTicket() are all it takes.
// Node 20 or newer, no packages.

import { createHmac, randomUUID } from "node:crypto";

// The browser brings the token over at once: two minutes forgive a clock that is a little off.
const TOKEN_SECONDS = 120;
const NAMES = [
  "PORTAL_URL",
  "PORTAL_CALLBACK_URL",
  "PORTAL_TENANT",
  "PORTAL_SIGNING_KEY",
  "PORTAL_API_KEY",
  "PORTAL_API_SECRET",
];

/** The help desk as this site knows it. Throws an Error with a sentence that names what is missing. */
export function portalFromEnvironment(env = process.env) {
  const missing = NAMES.filter((name) => !env[name]?.trim());
  if (missing.length > 0) {
    throw new Error(`Not set in the environment: ${missing.join(", ")}. See .env.example.`);
  }
  // Whoever reads a token on its way can use it first.
  if (!/^https:\/\/|^http:\/\/(localhost|127\.0\.0\.1)[:/]/.test(env.PORTAL_CALLBACK_URL)) {
    throw new Error("PORTAL_CALLBACK_URL must begin with https:// (except on localhost).");
  }
  return {
    url: env.PORTAL_URL.replace(/\/$/, ""),
    callbackUrl: env.PORTAL_CALLBACK_URL,
    tenant: env.PORTAL_TENANT,
    keyId: env.PORTAL_KEY_ID || undefined,
    signingKey: env.PORTAL_SIGNING_KEY,
    apiKey: env.PORTAL_API_KEY,
    apiSecret: env.PORTAL_API_SECRET,
  };
}

/**
 * A JSON Web Token (RFC 7519) that signs this customer in, once, within two minutes.
 *
 * Make it at the click, and only for an e-mail address that you have verified: the help desk
 * believes you. `redirectUrl` may come from a request as it is. The help desk opens only its own
 * pages and those its settings list, and the signature keeps it from being changed on the way.
 */
export function signInToken(portal, customer, redirectUrl) {
  const now = Math.floor(Date.now() / 1000);
  const header = { alg: "HS256", typ: "JWT", kid: portal.keyId };
  const claims = {
    email: customer.email,
    name: customer.name,
    external_user_id: customer.id,
    tenant: portal.tenant,
    redirect_url: redirectUrl,
    iat: now,
    exp: now + TOKEN_SECONDS,
    jti: randomUUID(), // never the same twice: it makes the token work once
  };
  // What is undefined is left out of JSON.
  const signed = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${signed}.${createHmac("sha256", portal.signingKey).update(signed).digest("base64url")}`;
}

/** The help desk took no ticket. `reference` is for the customer, the message for your log. */
export class PortalRefused extends Error {
  constructor(status, reason, reference = "") {
    super(`The help desk answered ${status} ${reason} ${reference}`);
    this.reference = reference;
  }
}

/**
 * Opens a ticket in the customer's name and gives its number.
 *
 * `idempotencyKey` is one for each form that was shown: a form sent twice opens one ticket.
 * Throws PortalRefused when the help desk says no, or nothing.
 */
export async function openTicket(portal, customer, { title, description }, idempotencyKey) {
  let response, answer;
  try {
    response = await fetch(`${portal.url}/api/v2/tickets`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "X-API-Key": portal.apiKey,
        "X-API-Secret": portal.apiSecret,
        "Idempotency-Key": idempotencyKey,
      },
      body: JSON.stringify({
        email: customer.email,
        name: customer.name,
        external_user_id: customer.id,
        title,
        description,
      }),
      redirect: "error", // the secret goes to the configured address and no other
      signal: AbortSignal.timeout(30_000),
    });
    answer = await response.json();
  } catch (error) {
    throw new PortalRefused(response?.status ?? 0, error.cause?.code ?? error.message);
  }
  if (response.status !== 201) {
    throw new PortalRefused(response.status, answer.error?.code, answer.error?.request_id);
  }
  return answer.data.ticket.id;
}
