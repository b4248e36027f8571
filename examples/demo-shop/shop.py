"""Acme Audio: a small shop whose customers are already signed in when they ask for support.

Run it with `python shop.py`. It needs Python 3.11 and nothing else; see README.md.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pages
from accounts import SESSION_SECONDS, Customer, Customers, Sessions
from sso import HelpDesk
from web import BadRequest, Request, Response, local_path, redirect

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

HERE = Path(__file__).parent
STATIC_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Shop:
    """The website, as a WSGI application."""

    def __init__(self, help_desk: HelpDesk, *, https: bool = False) -> None:
        self.help_desk = help_desk
        self.customers = Customers(HERE / "data" / "customers.json")
        self.sessions = Sessions()
        self.products = pages.load_products(HERE / "data" / "products.json")
        # Cookies ignore ports: beside another program on the same host, ours needs its own name.
        self.cookie = "__Host-acme_shop" if https else "acme_shop"
        self.cookie_flags = f"Path=/; HttpOnly; SameSite=Lax{'; Secure' if https else ''}"
        self.static = {f"/static/{file.name}": file for file in (HERE / "static").iterdir()}
        self.routes: dict[str, dict[str, Callable[[Request], Response]]] = {
            "/": {"GET": self.home},
            "/login": {"GET": self.login_form, "POST": self.log_in},
            "/logout": {"POST": self.log_out},
            "/account": {"GET": self.account},
            "/support": {"GET": self.support},
            "/ticket-sso": {"GET": self.ticket_sso},
        }
        self.security_headers = _security_headers(help_desk.callback)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        request = Request(environ)
        try:
            response = self.respond(request)
        except BadRequest:
            response = self.problem(
                request, HTTPStatus.BAD_REQUEST, "That did not look like one of our links."
            )
        response.headers = {**self.security_headers, **response.headers}
        return response.send(request, start_response)

    def respond(self, request: Request) -> Response:
        """Find what answers this path."""
        if file := self.static.get(request.path):
            headers = {"Cache-Control": "max-age=300"}
            return Response(
                file.read_bytes(), content_type=STATIC_TYPES[file.suffix], headers=headers
            )
        methods = self.routes.get(request.path)
        if methods is None:
            return self.problem(request, HTTPStatus.NOT_FOUND, "There is no page at this address.")
        answer = methods.get("GET" if request.method == "HEAD" else request.method)
        if answer is None:
            response = self.problem(
                request, HTTPStatus.METHOD_NOT_ALLOWED, "This page cannot be used in that way."
            )
            response.headers["Allow"] = ", ".join(methods)
            return response
        return answer(request)

    def customer(self, request: Request) -> Customer | None:
        """Who is logged in."""
        email = self.sessions.email(request.cookie(self.cookie))
        return self.customers.get(email) if email else None

    # Pages

    def home(self, request: Request) -> Response:
        """The shop window."""
        return _page(pages.home(self.products, self.customer(request)))

    def account(self, request: Request) -> Response:
        """The customer's own page."""
        customer = self.customer(request)
        return _page(pages.account(customer)) if customer else _log_in_first(request)

    def login_form(self, request: Request) -> Response:
        """Ask for e-mail address and password."""
        next_ = local_path(request.query.get("next", ""), otherwise="/account")
        return redirect(next_) if self.customer(request) else _page(pages.login(next_))

    def log_in(self, request: Request) -> Response:
        """Check them, and go on to where the customer wanted to be."""
        if not request.from_our_pages:
            return self.foreign_form(request)
        next_ = local_path(request.form.get("next", ""), otherwise="/account")
        email = request.form.get("email", "")
        customer = self.customers.log_in(email, request.form.get("password", ""))
        if customer is None:
            form = pages.login(next_, email, "That e-mail address and password do not match.")
            return _page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
        self.sessions.end(request.cookie(self.cookie))
        key = self.sessions.start(customer.email)
        cookie = f"{self.cookie}={key}; Max-Age={SESSION_SECONDS}; {self.cookie_flags}"
        return redirect(next_, {"Set-Cookie": cookie})

    def log_out(self, request: Request) -> Response:
        """End the session here. The help desk has a session, and a log-out, of its own."""
        if not request.from_our_pages:
            return self.foreign_form(request)
        self.sessions.end(request.cookie(self.cookie))
        return redirect("/", {"Set-Cookie": f"{self.cookie}=; Max-Age=0; {self.cookie_flags}"})

    # The way to the help desk

    def support(self, request: Request) -> Response:
        """The "Support" link: `/support`, or `/support?to=/tickets/12` for a page of it."""
        customer = self.customer(request)
        if customer is None:
            return _log_in_first(request)
        to = local_path(request.query.get("to", ""), otherwise="")
        if to:
            return redirect(self.help_desk.sign_in_url_for(customer.email, customer.name, to))
        return redirect(self.help_desk.sign_in_url(customer.email, customer.name))

    def ticket_sso(self, request: Request) -> Response:
        """Where the help desk sends people who have to sign in (its "remote login URL").

        It passes `redirect_url`, where the customer wanted to be, and also `callback_api` and
        `tenant`. The last two are not read: where our tokens go is a setting of ours.
        """
        customer = self.customer(request)
        if customer is None:
            return _log_in_first(request)
        redirect_url = request.query.get("redirect_url", "")
        if redirect_url:
            url = self.help_desk.sign_in_url_for(customer.email, customer.name, redirect_url)
        else:
            url = self.help_desk.sign_in_url(customer.email, customer.name)
        return redirect(url)

    # Problems

    def problem(self, request: Request, status: HTTPStatus, sentence: str) -> Response:
        """A page that says what went wrong."""
        return _page(pages.problem(status.phrase, sentence, self.customer(request)), status)

    def foreign_form(self, request: Request) -> Response:
        """A form that another site made the browser send."""
        sentence = "The form came from another website, so nothing was done."
        return self.problem(request, HTTPStatus.FORBIDDEN, sentence)


def _page(html: str, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(html.encode(), status)


def _log_in_first(request: Request) -> Response:
    return redirect("/login?" + urlencode({"next": request.path_and_query}))


def _security_headers(callback: str) -> dict[str, str]:
    parts = urlsplit(callback)
    policy = {
        "default-src": "'none'",
        "style-src": "'self'",
        "img-src": "'self'",
        # Browsers hold redirects that follow a form to this rule too, and logging in on the way
        # to the help desk is one: form, here, there.
        "form-action": f"'self' {parts.scheme}://{parts.netloc}",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        # Not "no-referrer", which would also make browsers send "Origin: null" with our forms.
        "Referrer-Policy": "same-origin",
        # Pages show who is logged in, and redirects carry tokens.
        "Cache-Control": "no-store",
    }


@dataclass(frozen=True)
class Settings:
    """All that the shop has to be told, from the environment."""

    secret: str
    callback: str
    host: str
    port: int
    https: bool

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Settings:
        """Read and check them. Raises ValueError with a sentence that names the variable."""
        secret = environ.get("SHOP_SECRET", "")
        if len(secret.encode()) < 32:
            raise ValueError("SHOP_SECRET must be the help desk's shared secret, 32 bytes or more.")
        callback = environ.get("SHOP_PORTAL_CALLBACK", "").rstrip("/")
        parts = urlsplit(callback)
        if not parts.hostname or not callback.endswith("/jwt"):
            raise ValueError("SHOP_PORTAL_CALLBACK must be the help desk's address ending in /jwt.")
        # Who reads a token on the way can use it first, so it travels encrypted.
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise ValueError("SHOP_PORTAL_CALLBACK must start with https:// (but on localhost).")
        port = environ.get("SHOP_PORT", "6544")
        if not port.isascii() or not port.isdigit() or int(port) > 65535:
            raise ValueError(f"SHOP_PORT must be a port number, not {port!r}.")
        return cls(
            secret=secret,
            callback=callback,
            host=environ.get("SHOP_HOST", "127.0.0.1"),
            port=int(port),
            https=environ.get("SHOP_HTTPS", "") == "1",
        )


class Server(ThreadingMixIn, WSGIServer):
    """The standard library's WSGI server, with a thread for each connection."""

    daemon_threads = True


class Handler(WSGIRequestHandler):
    """One connection. Someone who stays silent is hung up on after ten seconds."""

    timeout = 10

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name of http.server)
        """Say nothing: request lines hold where people go, and belong in no terminal."""


def main() -> int:
    """Serve until interrupted or terminated."""
    try:
        settings = Settings.read(os.environ)
    except ValueError as error:
        print(f"The shop cannot start: {error}", file=sys.stderr)
        return 1
    shop = Shop(HelpDesk(settings.secret, settings.callback), https=settings.https)
    address = f"{settings.host}:{settings.port}"
    try:
        server = make_server(settings.host, settings.port, shop, Server, Handler)
    except OSError as error:
        print(f"The shop cannot listen on {address}: {error.strerror}.", file=sys.stderr)
        return 1
    # shutdown() waits for the loop to end, and the signal arrives inside the loop: own thread.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    with server:
        print(f"Acme Audio is open at http://{settings.host}:{server.server_port}/", flush=True)
        server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
