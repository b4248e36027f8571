"""A customer with a browser that runs no script: cookies, forms, redirects."""

import http.client
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit


@dataclass
class Form:
    """A form of a page."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    #: Name and value of each button, by what is written on it.
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)


class _Reader(HTMLParser):
    """Collects the forms and links of a page, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self.words: list[str] = []
        self._open: tuple[str, dict[str, str]] | None = None
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
        elif tag == "input" and self.forms:
            self.forms[-1].fields[given["name"]] = given.get("value", "")
        elif tag in {"a", "button", "textarea"}:
            self._open, self._inside = (tag, given), ""

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        self._inside += data

    def handle_endtag(self, tag: str) -> None:
        if self._open is None or self._open[0] != tag:
            return
        given, inside, self._open = self._open[1], " ".join(self._inside.split()), None
        if tag == "a":
            self.links[inside] = given.get("href", "")
        elif tag == "textarea":
            self.forms[-1].fields[given["name"]] = self._inside
        elif self.forms:
            self.forms[-1].buttons[inside] = (given.get("name", ""), given.get("value", ""))


class Page:
    """An answer, and what can be done on it."""

    def __init__(self, url: str, status: int, headers: http.client.HTTPMessage, body: str) -> None:
        self.url = url
        self.status = status
        self.headers = headers
        self.body = body
        reader = _Reader()
        reader.feed(body)
        self.forms = reader.forms
        self.links = reader.links
        self.text = " ".join(" ".join(reader.words).split())

    @property
    def refresh(self) -> str | None:
        """Where the page sends its reader by itself."""
        seconds, _, address = self.headers.get("Refresh", "").partition("; url=")
        return address if seconds == "0" else None

    def form(self, button: str) -> Form:
        """The form that has this button."""
        return next(form for form in self.forms if button in form.buttons)

    def link(self, words: str) -> str:
        """Where the link with these words leads."""
        return urljoin(self.url, self.links[words])


class Visitor:
    """Keeps cookies by host, as browsers do, and follows redirects."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}
        self.seen: list[str] = []

    def get(self, url: str) -> Page:
        """Follow a link."""
        return self._go("GET", url, None)

    def press(self, page: Page, button: str, **values: str) -> Page:
        """Fill in the form that has this button, and press it."""
        form = page.form(button)
        name, value = form.buttons[button]
        fields = form.fields | ({name: value} if name else {}) | values
        return self._go("POST", urljoin(page.url, form.action), fields)

    def post(self, url: str, fields: dict[str, str]) -> Page:
        """Send a form that is on no page."""
        return self._go("POST", url, fields)

    def _go(self, method: str, url: str, fields: dict[str, str] | None) -> Page:
        for _ in range(10):
            page = self._send(method, url, fields)
            location = page.headers["Location"] or page.refresh
            if location is None:
                return page
            method, url, fields = "GET", urljoin(url, location), None
        raise AssertionError(f"It goes round in circles at {url}")

    def _send(self, method: str, url: str, fields: dict[str, str] | None) -> Page:
        self.seen.append(f"{method} {url}")
        parts = urlsplit(url)
        headers = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={v}" for name, v in self.cookies.items())
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection(parts.netloc, timeout=60)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, path, urlencode(fields) if fields is not None else None, headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        for line in answer.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or morsel["expires"].startswith("Thu, 01 Jan 1970"):
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.coded_value
        return Page(url, answer.status, answer.headers, body)
