// A tenant's server, or a page's script: fetch, which follows redirects unless it is told not to.
// Arguments: the address to call, the body. Keys come from the environment, if any.

const [, , address, body] = process.argv;
const { API_KEY, API_SECRET, FOLLOW } = process.env;
const headers = { "Content-Type": "application/json", Accept: "application/json" };
if (API_KEY !== undefined) {
  headers["X-API-Key"] = API_KEY;
  headers["X-API-Secret"] = API_SECRET;
}
const redirect = FOLLOW === "1" ? "follow" : "manual";
const response = await fetch(address, { method: "POST", headers, body, redirect });
console.log(
  JSON.stringify({
    status: response.status,
    // What a page would go to: the address that was redirected to, else the header.
    location: response.redirected ? response.url : response.headers.get("Location"),
    body: await response.json(),
  }),
);
