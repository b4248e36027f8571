"""Where visitors may be sent, judged by the URL parser that browsers follow."""

import re

import ada_url
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portal.web.redirects import RESERVED, Blocked, Reason, SafeURL, safe_redirect

PORTAL = "https://portal.example"
SLUG_HOME = f"{PORTAL}/acme"
HOST_HOME = "https://help.acme.test"
LISTED = ("www.acme.test", "https://shop.acme.test:8443", "WWW.Upper.test")


def at_slug(target: str | None) -> SafeURL | Blocked:
    """As a visitor of the tenant that lives under its slug."""
    return safe_redirect(
        target, home=SLUG_HOME, slug="acme", portal_homes=[HOST_HOME], allowed_hosts=LISTED
    )


def at_host(target: str | None) -> SafeURL | Blocked:
    """As a visitor of the tenant's own host."""
    return safe_redirect(
        target, home=HOST_HOME, slug="acme", portal_homes=[SLUG_HOME], allowed_hosts=LISTED
    )


# What a vendor's sample sends, and where it leads: below the slug, and on the own host.
SAME_PLACE = [
    ("/tickets/42", "/tickets/42"),
    ("/acme/tickets/42", "/tickets/42"),
    ("/tickets/42#message-7", "/tickets/42#message-7"),
    ("/tickets/42?tab=files&x=%2F%2F", "/tickets/42?tab=files&x=%2F%2F"),
    ("/acme/tickets?q=a+b", "/tickets?q=a+b"),
    ("/tickets/", "/tickets/"),
    ("/", "/"),
    ("/?welcome=1", "/?welcome=1"),
    ("/acme", "/"),
    ("/acme/", "/"),
    ("/acme?x=1", "/?x=1"),
    ("/dashboard", "/"),
    ("/dashboard/", "/"),
    ("/dashboard?x=1", "/?x=1"),
    ("/acme/dashboard", "/"),
    ("/acme/dashboard/", "/"),
    ("/%61cme/dashboard", "/"),
    ("/dashboard/more", "/dashboard/more"),
    ("/acmeology/1", "/acmeology/1"),
    ("/ACME/tickets", "/ACME/tickets"),
    ("/tickets/42;v=1", "/tickets/42;v=1"),
    ("/people/j%C3%BCrgen", "/people/j%C3%BCrgen"),
    ("/a.b/c..d/...", "/a.b/c..d/..."),
    ("/@ada", "/@ada"),
    ("/x:y", "/x:y"),
    ("/loginas", "/loginas"),
    ("/tickets/logout", "/tickets/logout"),
    ("/globex/tickets/1", "/globex/tickets/1"),
    (f"{PORTAL}/tickets/42", None),
    (f"{PORTAL}/acme/tickets/42", None),
    (f"{HOST_HOME}/tickets/42", None),
    (f"{HOST_HOME}/acme/dashboard", None),
]


@pytest.mark.parametrize(("target", "below"), [case for case in SAME_PLACE if case[1]])
def test_a_path_counts_from_the_tenants_home(target: str, below: str) -> None:
    assert at_slug(target) == SLUG_HOME + below
    assert at_host(target) == HOST_HOME + below


@pytest.mark.parametrize(
    ("target", "url"),
    [
        (f"{PORTAL}/tickets/42", f"{SLUG_HOME}/tickets/42"),
        (f"{PORTAL}/acme/tickets/42", f"{SLUG_HOME}/tickets/42"),
        (f"{PORTAL}:443/acme/tickets/42", f"{SLUG_HOME}/tickets/42"),
        (f"{PORTAL}", f"{SLUG_HOME}/"),
        (f"{PORTAL}?a=1", f"{SLUG_HOME}/?a=1"),
        (f"{PORTAL}/globex/tickets/1", f"{SLUG_HOME}/globex/tickets/1"),
        ("HTTPS://Portal.EXAMPLE/acme/dashboard", f"{SLUG_HOME}/"),
        (f"{HOST_HOME}/tickets/42", f"{HOST_HOME}/tickets/42"),
        (f"{HOST_HOME}/acme/dashboard", f"{HOST_HOME}/"),
    ],
)
def test_an_absolute_url_of_ours_stays_in_the_tenant(target: str, url: str) -> None:
    assert at_slug(target) == url
    assert at_host(target) == url


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("https://www.acme.test/some-page", "https://www.acme.test/some-page"),
        ("https://www.acme.test", "https://www.acme.test/"),
        ("https://www.acme.test?x=1#y", "https://www.acme.test/?x=1#y"),
        ("https://WWW.acme.TEST/Page", "https://www.acme.test/Page"),
        ("https://www.acme.test:443/p", "https://www.acme.test/p"),
        ("https://www.acme.test/a%2Fb", "https://www.acme.test/a%2Fb"),
        ("https://www.acme.test/logout", "https://www.acme.test/logout"),
        ("https://shop.acme.test:8443/cart", "https://shop.acme.test:8443/cart"),
        ("https://www.upper.test/", "https://www.upper.test/"),
    ],
)
def test_a_listed_https_host_is_allowed(target: str, url: str) -> None:
    assert at_slug(target) == url


RELATIVE_REFUSED: dict[Reason, list[str | None]] = {
    Reason.MISSING: ["", None],
    Reason.TOO_LONG: ["/" + "a" * 2048, "https://www.acme.test/" + "a" * 2048],
    Reason.CHARACTERS: [
        *(f"/tickets{chr(code)}42" for code in [*range(0x21), *range(0x7F, 0xA0)]),
        *(f"{chr(code)}/tickets" for code in [*range(0x21), *range(0x7F, 0xA0)]),
        *(f"/tickets{chr(code)}" for code in [*range(0x21), *range(0x7F, 0xA0)]),
        "\\", "/\\", "/\\evil.com", "\\/evil.com", "\\\\evil.com", "/tickets\\42", "/t?x=\\",
        "/\t/evil.com", "/\n/evil.com", "/\r/evil.com", "/%09/\tevil.com", "\t//evil.com",
        "/é", "/tickets/٤٢", "/ /evil", "\uff0f\uff0fevil.com", "/\u2044evil.com", "https://portal。example/",
        "https://www.acme.test\\@evil.com", "https://evil.com\\.www.acme.test/",
        "https:\\\\evil.com", "java\nscript:alert(1)", "/x\u2028y", "/x\ud800y",
    ],
    Reason.FORM: [
        "//", "///", "////evil.com", "//evil.com", "///evil.com", "//evil.com/tickets/42",
        "/tickets//42", "/tickets//evil.com", "/x?y=//z", "/x#//z", "/acme//evil.com",
        "/tickets/42//",
        "tickets/42", "./tickets", "../tickets", "?x=1", "#x", "@evil.com", ".evil.com", ":80",
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "blob:x",
        "mailto:a@b.example", "about:blank", "tel:+1", "file:///etc/passwd", "view-source:x",
        "https:evil.com", "https:/evil.com", "https:///evil.com", "https:////evil.com", "https:",
        "https://", "https://?x", "https://#x", "http:evil.com", "https:tickets",
        "https://@evil.com", "https://www.acme.test@evil.com", "https://user:pw@www.acme.test/",
        "https://www.acme.test:pw@evil.com/", "https://www.acme.test/@x", "https://:443/",
        "https://www.acme.test:", "https://www.acme.test:44x/", "https://www.acme.test:-1/",
        "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://www.acme.test:443:443/",
        "evil.com", "www.acme.test", "portal.example/acme", "+https://x/", "1https://x/",
    ],
    Reason.SCHEME: [
        "http://www.acme.test/", "http://portal.example/acme", "http://help.acme.test/",
        "ftp://www.acme.test/", "file://www.acme.test/", "javascript://www.acme.test/%0aalert(1)",
        "ws://www.acme.test/", "wss://www.acme.test/", "data://www.acme.test/", "blob://x/",
        "HTTP://www.acme.test/", "httpss://www.acme.test/", "intent://www.acme.test/",
    ],
    Reason.HOST: [
        "https://www.acme.test./", "https://.www.acme.test/", "https://www..acme.test/",
        "https://-www.acme.test/", "https://www.acme.test-/", "https://www_acme.test/",
        "https://www.acme.test%2eevil.com/", "https://www.acme.test%00.evil.com/",
        "https://%77ww.acme.test/", "https://www.acme.test,evil.com/", "https://*.acme.test/",
        "https://www.acme.test;evil.com/", "https://www.acme.test&evil.com/", "https://.../",
        "https://www.acme.test:0/", "https://www.acme.test:0443/", "https://www.acme.test:65536/",
        "https://www.acme.test:999999/", "https://www.acme.test|evil.com/", "https://{x}/",
        "https://www.acme.test'/", 'https://www.acme.test"/', "https://$(x)/", "https://<x>/",
        "https://" + "a" * 64 + ".test/", "https://" + "a." * 130 + "test/",
    ],
    Reason.ORIGIN: [
        "https://evil.com/phish", "https://evil.com", "https://evil.com/www.acme.test",
        "https://evil.com?www.acme.test", "https://evil.com#www.acme.test",
        "https://www.acme.test.evil.com/", "https://evilwww.acme.test/", "https://acme.test/",
        "https://x.www.acme.test/", "https://wwww.acme.test/", "https://www.acme.test:8443/",
        "https://shop.acme.test/", "https://shop.acme.test:8444/", "https://portal.example:444/x",
        "https://portal.example.evil.com/", "https://xportal.example/", "https://localhost/",
        "https://127.0.0.1/", "https://2130706433/", "https://0x7f.1/", "https://0177.0.0.1/",
        "https://xn--www-acme-test/", "https://help.acme.test:8080/", "https://globex.test/",
    ],
    Reason.PATH: [
        "/.", "/..", "/./", "/../", "/./tickets", "/../tickets", "/tickets/.", "/tickets/..",
        "/tickets/../logout", "/acme/../globex/tickets", "/acme/..", "/acme/./logout",
        "/%2e", "/%2E", "/%2e%2e", "/%2E%2e/x", "/.%2e/x", "/%2e./x", "/tickets/%2e%2e/logout",
        "/..;/x", "/.;a=b/x", "/%2e%2e;/x", "/tickets/..;x=1/42",
        "/%2f", "/%2F", "/%2fevil.com", "/%2F%2fevil.com", "/tickets%2f42", "/acme%2flogout",
        "/%5c", "/%5C", "/%5cevil.com", "/tickets%5C42",
        "/%25", "/%252f", "/%252e%252e/", "/%255c", "/100%25",
        "/%00", "/%09", "/%0a", "/%0D", "/%0d%0aSet-Cookie:x", "/%1f", "/%1F", "/%7f", "/%7F",
        *(f"/x%{code:02x}" for code in [*range(0x20), 0x7F]),
        *(f"/x%c2%{code:02x}" for code in range(0x80, 0xA0)),
        "/%", "/%2", "/%zz", "/%u002f", "/%%32f", "/x%", "/%g0",
        "/%ff", "/%c0%af", "/%c0%ae%c0%ae/", "/%e0%80%af", "/%ed%a0%80", "/%80", "/%f8%80%80%80%af",
        f"{PORTAL}/acme/../globex", f"{PORTAL}/..", f"{PORTAL}//evil.com", f"{PORTAL}/acme//x",
        f"{PORTAL}/%2e%2e/x", f"{PORTAL}/acme/%2flogout", f"{HOST_HOME}/%5cevil.com",
    ],
    Reason.RESERVED: [
        *(f"/{word}" for word in sorted(RESERVED)),
        *(f"/acme/{word}" for word in sorted(RESERVED)),
        *(f"/{word}/" for word in sorted(RESERVED)),
        *(f"/{word}?x=1" for word in sorted(RESERVED)),
        *(f"/{word}#x" for word in sorted(RESERVED)),
        *(f"/@@{word}" for word in sorted(RESERVED)),
        *(f"{PORTAL}/acme/{word}" for word in sorted(RESERVED)),
        *(f"{PORTAL}/{word}" for word in sorted(RESERVED)),
        *(f"{HOST_HOME}/{word}" for word in sorted(RESERVED)),
        "/LOGOUT", "/Logout", "/%6cogout", "/%6C%6F%67%6F%75%74", "/acme/%6cogout", "/l%6fgin",
        "/auth/callback", "/api/v2/tickets", "/api/auth/redirect", "/login/local",
        "/%61cme/logout", "/aut%68/callback?token=x", "/%40%40logout", "/acme/@@logout",
        "/lOgIn", "/logout;x=1", "/acme/logout;", "/@@logout;a", "/%6cogin;x/local",
    ],
}  # fmt: skip
CASES = [(target, reason) for reason, targets in RELATIVE_REFUSED.items() for target in targets]


@pytest.mark.parametrize(("target", "reason"), CASES)
def test_anything_else_is_refused_with_its_reason(target: str | None, reason: Reason) -> None:
    assert at_slug(target) == Blocked(reason)
    assert at_host(target) == Blocked(reason)


def test_the_table_is_as_large_as_it_claims() -> None:
    assert len(CASES) > 400


def test_plain_http_is_for_a_portal_that_is_configured_so() -> None:
    home = "http://localhost:6543/acme"
    assert safe_redirect("/tickets", home=home, slug="acme") == f"{home}/tickets"
    assert safe_redirect(f"{home}/tickets", home=home, slug="acme") == f"{home}/tickets"
    assert safe_redirect("http://localhost:6544/x", home=home) == Blocked(Reason.SCHEME)
    assert safe_redirect("http://localhost/x", home=home) == Blocked(Reason.SCHEME)


def test_more_words_can_be_reserved() -> None:
    words = RESERVED | {"jwt"}
    assert safe_redirect("/jwt/", home=HOST_HOME, reserved=words) == Blocked(Reason.RESERVED)
    assert isinstance(safe_redirect("/jwt/", home=HOST_HOME), SafeURL)


def test_a_hostile_list_entry_allows_nothing_else() -> None:
    for entry in ("", "*", "/", "https://", "evil.com/x", "a b", "//evil.com", "*.evil.com", "."):
        verdict = safe_redirect("https://evil.com/", home=HOST_HOME, allowed_hosts=[entry])
        assert verdict == Blocked(Reason.ORIGIN) or entry == "evil.com/x"


pieces = st.lists(
    st.sampled_from(list("/\\.:@?#%;&=[] \t\r\n\0"))
    | st.sampled_from(["%2e", "%2f", "%5c", "%00", "//", "..", "https:", "https://", "http://"])
    | st.sampled_from(["acme", "portal.example", "www.acme.test", "evil.com", "logout", "x"])
    | st.characters(),
    max_size=9,
)
starts = st.sampled_from(
    ["", "/", "/acme/", "https://", "https://www.acme.test", f"{PORTAL}/acme", HOST_HOME]
)
#: What a browser writes differently in a path or a query, without reading it differently.
COSMETIC = re.compile(r"[\"<>^`{|}']")


@given(st.builds(lambda start, rest: start + "".join(rest), starts, pieces))
@example("https://www.acme.test\t.evil.com/")
@example("//evil.com")
@settings(max_examples=1500, deadline=None)
def test_a_browser_never_leaves_the_allowed_origins(target: str) -> None:
    """Whatever was asked for, a browser lands on an origin of ours or of the list."""
    allowed = {PORTAL, HOST_HOME, "https://www.acme.test", "https://shop.acme.test:8443"}
    allowed.add("https://www.upper.test")
    for resolve, home in ((at_slug, SLUG_HOME), (at_host, HOST_HOME)):
        verdict = resolve(target)
        if isinstance(verdict, Blocked):
            continue
        parsed = ada_url.URL(str(verdict))
        assert parsed.origin in allowed
        assert parsed.username == parsed.password == ""
        if parsed.origin in (PORTAL, HOST_HOME) and not COSMETIC.search(verdict):
            assert parsed.href == verdict, "the browser asks for what was not checked"
        if parsed.origin == PORTAL:
            assert parsed.pathname.startswith("/acme/")
        # Followed as it came, it would have led to the same origin.
        assert ada_url.URL(target, base=f"{home}/").origin == parsed.origin


@given(st.text(max_size=40))
@settings(max_examples=500, deadline=None)
def test_what_came_out_may_go_in_again(target: str) -> None:
    """A target is checked when it is kept and once more when it is used."""
    verdict = at_host(target)
    if isinstance(verdict, SafeURL):
        assert at_host(str(verdict)) == verdict
