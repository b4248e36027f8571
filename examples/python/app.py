"""A tiny company site whose customers are signed in to the help desk already."""

import hmac
import os
import re
import secrets
import sys
from urllib.parse import urlencode

from flask import Flask, g, redirect, render_template, request, session

from portal import Customer, Portal, PortalRefused

# REPLACE THIS by your own accounts and your own login.
CUSTOMERS = {
    "1001": Customer("1001", "cleo@customer.test", "Cleo Customer"),
    "1002": Customer("1002", "marta@northwind.example", "Marta Lindqvist"),
}

try:
    portal = Portal.from_environment(os.environ)
except ValueError as problem:
    sys.exit(str(problem))

app = Flask(__name__)
app.config.update(
    # Signs the session cookie. A key of your own keeps people logged in over a restart.
    SECRET_KEY=secrets.token_bytes(32),
    SESSION_COOKIE_NAME="site_session",
    SESSION_COOKIE_HTTPONLY=True,
    SESSION_COOKIE_SAMESITE="Lax",
    SESSION_COOKIE_SECURE=os.environ.get("SITE_HTTPS") == "1",
    MAX_CONTENT_LENGTH=64 * 1024,
)


@app.before_request
def find_customer():
    """Who is logged in."""
    g.customer = CUSTOMERS.get(session.get("customer"))


@app.before_request
def refuse_foreign_forms():
    """A form counts only with the random value that our pages put into it."""
    csrf = session.setdefault("csrf", secrets.token_hex(16))
    sent = request.form.get("csrf", "")
    if request.method != "POST" or hmac.compare_digest(sent.encode(), csrf.encode()):
        return None
    sentence = "The form was too old, or came from another site. Nothing was done."
    return problem_page(sentence), 403


@app.after_request
def set_headers(response):
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; script-src 'self'; "
        f"form-action 'self' {portal.callback_url}; frame-ancestors 'none'; base-uri 'none'"
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    # Pages show who is logged in, and one holds a token.
    response.headers["Cache-Control"] = "no-store"
    return response


@app.get("/")
def home():
    return render_template("home.html", opened=session.pop("opened", None))


@app.get("/login")
def login_form():
    next_ = local_path(request.args.get("next", ""))
    return render_template("login.html", customers=CUSTOMERS.values(), next=next_)


@app.post("/login")
def log_in():
    customer = CUSTOMERS.get(request.form.get("customer"))
    if customer:
        # Flask keeps the session in the cookie: cleared, nothing from before the login is left.
        session.clear()
        session["customer"] = customer.id
    return redirect(local_path(request.form.get("next", "")), 303)


@app.post("/logout")
def log_out():
    session.clear()
    return redirect("/", 303)


@app.get("/support")
def support():
    """The help desk's "remote login URL".

    It adds redirect_url, where the customer wanted to be, and callback_api and tenant, which are
    not read: where tokens go is a setting, not a parameter.
    """
    if g.customer is None:
        return log_in_first()
    token = portal.sign_in_token(g.customer, request.args.get("redirect_url", ""))
    # The token travels in a form that sends itself. In an address (303 to …?token=) it would work
    # too, but would also be in the browser's history and in every log on the way.
    return render_template("handover.html", callback_url=portal.callback_url, token=token)


@app.get("/ticket")
def ticket_form():
    if g.customer is None:
        return log_in_first()
    return render_template("ticket.html", form={"form_id": secrets.token_hex(16)})


@app.post("/ticket")
def open_ticket():
    if g.customer is None:
        return log_in_first()
    form = request.form.to_dict()
    title, description = form.get("title", ""), form.get("description", "")
    # It becomes a header: only what we made.
    if not re.fullmatch(r"[0-9a-f]{32}", form.get("form_id", "")):
        form["form_id"] = secrets.token_hex(16)
    try:
        number = portal.open_ticket(g.customer, title, description, form["form_id"])
    except PortalRefused as refused:
        app.logger.error("%s", refused)
        return render_template("ticket.html", form=form, refused=refused), 502
    session["opened"] = number
    return redirect("/", 303)


@app.get("/signed-out")
def signed_out():
    """The help desk's "remote logout URL": the customer has left it, but not this site."""
    return render_template("signed-out.html")


@app.errorhandler(404)
def not_found(_error):
    return problem_page("There is no page at this address."), 404


def problem_page(sentence):
    return render_template("problem.html", sentence=sentence)


def log_in_first():
    return redirect("/login?" + urlencode({"next": request.full_path}), 303)


def local_path(path):
    """A path of this site, or the home page. "//host" and "/\\host" would lead elsewhere."""
    return path if re.fullmatch(r"/(?![/\\])[!-\[\]-~]*", path) else "/"


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "8000")))
