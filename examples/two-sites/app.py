"""One of a company's sites: its people sign in at the help desk, and are signed in here.

The flow is the small one of `/idp/`: away with `redirect`, back with a `uuid`, and the server
exchanges that for a signed statement of who it is. Run it twice, with two names, and whoever
signed in at one is signed in at the other.

Needs Python 3.11, Flask and PyJWT.
"""

import base64
import hmac
import json
import os
import secrets
import sys
import urllib.error
import urllib.request
from html import escape
from urllib.parse import urlencode

import jwt
from flask import Flask, abort, redirect, request, session

NAMES = ("SITE_NAME", "SITE_URL", "PORTAL_URL", "CLIENT_ID", "CLIENT_SECRET")
missing = [name for name in NAMES if not os.environ.get(name, "").strip()]
if missing:
    sys.exit(f"Not set in the environment: {', '.join(missing)}. See .env.example.")
SITE_NAME, SITE_URL, PORTAL_URL, CLIENT_ID, CLIENT_SECRET = (os.environ[name] for name in NAMES)
#: Registered at the help desk, letter for letter.
RETURN_URL = f"{SITE_URL}/signed-in"

app = Flask(__name__)
app.config.update(
    # Signs the session cookie. A key of your own keeps people signed in over a restart.
    SECRET_KEY=secrets.token_bytes(32),
    SESSION_COOKIE_NAME=f"site_{CLIENT_ID}",
    SESSION_COOKIE_HTTPONLY=True,
    SESSION_COOKIE_SAMESITE="Lax",
    SESSION_COOKIE_SECURE=SITE_URL.startswith("https://"),
)
#: Fetches the help desk's public keys, and keeps them for a while.
keys = jwt.PyJWKClient(f"{PORTAL_URL}/oauth2/jwks")


@app.get("/")
def home():
    return page('<p><a href="/dashboard">Your dashboard</a></p><p><a href="/login">Log in</a></p>')


@app.get("/login")
def login():
    """To the help desk. It asks for a password, or for nothing if it knows the visitor."""
    # Comes back unchanged: so nobody can slip a sign-in of their own under this browser.
    session["state"] = secrets.token_urlsafe(24)
    query = {"redirect": RETURN_URL, "client_id": CLIENT_ID, "state": session["state"]}
    return redirect(f"{PORTAL_URL}/idp/?{urlencode(query)}", 303)


@app.get("/signed-in")
def signed_in():
    """Back from the help desk, with a `uuid`."""
    state = session.pop("state", "")
    if not state or not hmac.compare_digest(state, request.args.get("state", "")):
        abort(400, "This sign-in was not started in this browser.")
    person = exchange(request.args.get("uuid", ""))
    # Nothing from before the sign-in is left in the session.
    session.clear()
    session.update(name=person["name"], email=person["email"])
    return redirect("/dashboard", 303)


@app.get("/dashboard")
def dashboard():
    if "name" not in session:
        return page('<p>You must <a href="/login">log in</a> to see this page.</p>'), 401
    return page(
        f"<p>Welcome {escape(session['name'])} ({escape(session['email'])}).</p>"
        '<form method="post" action="/logout"><button>Log out</button></form>'
    )


@app.post("/logout")
def logout():
    session.clear()
    return redirect("/", 303)


def exchange(uuid):
    """Who it is that came with this `uuid`. It works once, and only with our secret."""
    credentials = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    call = urllib.request.Request(
        f"{PORTAL_URL}/idp/jwt",
        data=urlencode({"uuid": uuid}).encode(),
        headers={"Authorization": f"Basic {credentials}"},
    )
    try:
        with urllib.request.urlopen(call, timeout=10) as answer:
            statement = answer.read().decode()
    except urllib.error.HTTPError as refused:
        abort(502, f"The help desk refused: {json.load(refused).get('error')}")
    # Its signature, that it is meant for this site, by whom it is made, and that it is fresh.
    return jwt.decode(
        statement,
        keys.get_signing_key_from_jwt(statement),
        algorithms=["RS256"],
        audience=CLIENT_ID,
        issuer=PORTAL_URL,
        options={"require": ["exp", "iat", "sub"]},
    )


def page(content):
    title = escape(SITE_NAME)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        '<link rel="icon" href="data:,">'
        f"<h1>{title}</h1>{content}</html>"
    )


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "9001")))
