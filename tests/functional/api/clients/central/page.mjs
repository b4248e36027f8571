// The script of the static page: no keys, fetch with its defaults, and on to wherever it is told.
// Prints where the browser goes. Arguments: the address to call, the page to go to.
const [, , callbackApi, redirectUrl] = process.argv;
const user = { email: "cleo@customer.test", name: "Cleo Customer" };

const response = await fetch(callbackApi, {
  method: "POST",
  headers: { "Content-Type": "application/json", Accept: "application/json" },
  body: JSON.stringify({ email: user.email, name: user.name, redirect_url: redirectUrl }),
});
if (response.redirected) {
  console.log(response.url);
} else {
  const data = await response.json();
  if (!data.redirect_url) throw new Error("No redirect URL received");
  console.log(data.redirect_url);
}
