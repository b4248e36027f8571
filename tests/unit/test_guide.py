"""The tenant integration guide says what the code does: codes, labels, addresses and samples."""

import ast
import re
from functools import cache
from pathlib import Path
from textwrap import indent

import pytest

from portal.api.bodies import LARGEST
from portal.api.limits import CALLS
from portal.signin.claims import COMMON, EMAIL_LIMIT, NAME_LIMIT, TEXT_LIMIT
from portal.signin.codes import Code, Notice
from portal.signin.dialects import BUILT_IN
from portal.signin.dialects.base import Dialect
from portal.signin.dialects.central import CENTRAL
from portal.signin.handoffs import LIFETIME
from portal.signin.keyring import GRACE
from portal.signin.parameters import TOKEN_LIMIT
from portal.signin.settings_rules import SHORTEST_RSA, SHORTEST_SECRET
from portal.signin.throttles import BY_ACCOUNT, BY_ADDRESS, REFUSED_TOKENS
from portal.signin.times import FUTURE_TOLERANCE, LARGEST_LEEWAY, LONGEST_LIFE

ROOT = Path(__file__).parents[2]
PORTAL = ROOT / "portal"
GUIDE = (ROOT / "docs" / "TENANT_INTEGRATION_GUIDE.md").read_text("utf-8")
HOME = "https://help.example.com/acme"

_SECTION = re.compile(r"^(#{2,3}) (.+)$", re.MULTILINE)
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_IN_CODE = re.compile(r"""\b(?:N_|_)\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)""")
#: Answers of the API that are named after their HTTP status, and not in its own code.
_BY_STATUS = {
    "unauthorized", "forbidden", "not_found", "method_not_allowed", "unprocessable_entity",
    "service_unavailable",
}  # fmt: skip


def sections(level: int) -> dict[str, str]:
    """The text below each heading of a level, up to the next of that level or above."""
    found: dict[str, str] = {}
    headings = list(_SECTION.finditer(GUIDE))
    for number, heading in enumerate(headings):
        if len(heading[1]) != level:
            continue
        ends = (each.start() for each in headings[number + 1 :] if len(each[1]) <= level)
        assert heading[2] not in found, heading[2]
        found[heading[2]] = GUIDE[heading.end() : next(ends, len(GUIDE))]
    return found


def codes_of_the_api() -> set[str]:
    """The codes that `ApiError` is raised with, and those that are named after a status."""
    calls = (
        node
        for path in (PORTAL / "api").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "ApiError"
    )
    return {str(ast.literal_eval(call.args[1])) for call in calls} | _BY_STATUS


@cache
def labels() -> list[re.Pattern[str]]:
    """Every text of the code that people read, as a pattern for what is filled in."""
    found: set[str] = {dialect.label for dialect in BUILT_IN}
    for path in (*PORTAL.rglob("*.py"), *PORTAL.rglob("*.jinja2")):
        for literal in _IN_CODE.findall(path.read_text("utf-8")):
            text = "".join(ast.literal_eval(f"({literal.strip()})"))
            found |= {text, text.removesuffix(" (%(dialect)s)")}
    return [re.compile(re.sub(r"%\\\((\w+)\\\)s", ".+", re.escape(text))) for text in found if text]


def test_every_code_has_one_section_and_no_section_is_without_a_code() -> None:
    headings = {title.strip("`") for title in sections(3) if title.startswith("`")}
    assert headings == {*Code, *Notice, *codes_of_the_api()}


@pytest.mark.parametrize("code", Code)
def test_what_the_visitor_reads_and_what_mends_it(code: Code) -> None:
    text = sections(3)[f"`{code}`"]
    assert str(code.public.sentence) in text
    assert str(code.status) in text
    for part in ("- Cause: ", "- Cure: ", "- Check: "):
        assert text.count(part) == 1


@pytest.mark.parametrize("code", sorted({*Notice, *codes_of_the_api()} - {*Code}))
def test_causes_and_cures(code: str) -> None:
    text = sections(3)[f"`{code}`"]
    assert text.count("- Cause: ") == text.count("- Cure: ") == 1


@pytest.mark.parametrize("label", sorted(set(re.findall(r"\*\*(.+?)\*\*", GUIDE))))
def test_every_label_is_one_of_the_settings(label: str) -> None:
    assert any(pattern.fullmatch(label) for pattern in labels())


@pytest.mark.parametrize("dialect", BUILT_IN, ids=lambda dialect: dialect.name)
def test_coming_from(dialect: Dialect) -> None:
    text = sections(2)[f"Coming from {dialect.label}"]
    rows = dict(re.findall(r"^\| (\w[\w ]+) \| (.+) \|$", text, re.MULTILINE))
    (endpoint,) = dialect.endpoints
    assert rows["Address"].startswith(f"`{HOME}/{endpoint.path}`")
    for method in endpoint.methods:
        assert method in rows["Address"]
    claims = {True: rows["Required claims"], False: rows["Optional claims"]}
    for required, named in claims.items():
        wanted = [claim.name for claim in dialect.claims if claim.required is required]
        assert re.findall(r"`(\w+)`", named) == wanted
    bound = dialect.time.max_age or LONGEST_LIFE
    assert f"{bound} s" in rows["Time"]
    assert rows["Highest role"] == dialect.role_cap.value
    for parameter in dialect.parameters:
        assert f"`{parameter}`" in text
    for code, words in dialect.words.items():
        assert str(words) in sections(3)[f"`{code}`"]


def test_every_address_below_the_help_desk_is_one() -> None:
    endpoints = {point.path for dialect in BUILT_IN for point in dialect.endpoints}
    ours = {
        "tickets/42", "login", "login/local", "integration", "api/v2/tickets", "api/auth/redirect",
    }  # fmt: skip
    named = set(re.findall(rf"{HOME}/([A-Za-z0-9_/{{}}]+)", GUIDE))
    assert named == endpoints | ours
    beside = set(re.findall(r"https://help\.example\.com/(?!acme)([\w/{}]+)", GUIDE))
    assert beside <= endpoints


def test_the_claims_of_central_tickets() -> None:
    text = sections(2)["The claims of Central Tickets"]
    rows = dict(re.findall(r"^\| `(\w+)` \| (required|optional) \|", text, re.MULTILINE))
    known = {claim.name: claim.required for claim in (*COMMON, *CENTRAL.claims)}
    known |= {hint.name: False for hint in CENTRAL.tenant_hints}
    # The issuer is read and compared with nothing.
    del known["iss"]
    assert rows == {name: "required" if must else "optional" for name, must in known.items()}
    for bound in (EMAIL_LIMIT, NAME_LIMIT, TEXT_LIMIT, TOKEN_LIMIT, LONGEST_LIFE):
        assert str(bound) in text
    assert f"at most {FUTURE_TOLERANCE} s ahead" in text
    assert f"up to {LARGEST_LEEWAY} seconds" in text


def test_limits_and_lengths() -> None:
    """Numbers that stand in sentences."""
    busy = sections(3)["`rate_limited`"]
    for limit, of in (
        (REFUSED_TOKENS, "refused tokens"),
        (BY_ACCOUNT, "wrong passwords for one account"),
        (BY_ADDRESS, "from one address"),
    ):
        assert f"{limit.attempts} {of}" in busy
        assert f"within {limit.seconds // 60} minutes" in busy
    assert f"more than {CALLS.attempts} calls of a key in {CALLS.seconds} seconds" in busy
    assert f"({GRACE} hours, if you say nothing)" in GUIDE
    assert f"ends after {LIFETIME.seconds} seconds" in sections(3)["`token_expired`"]
    assert f"{LARGEST // 1024} KiB" in sections(3)["`body_too_large`"]
    assert f"if it has {SHORTEST_SECRET} bytes or more" in GUIDE
    assert f"genrsa -out private.pem {SHORTEST_RSA}" in GUIDE


@pytest.mark.parametrize(("kind", "code"), _FENCE.findall(GUIDE), ids=lambda part: part[:12])
def test_every_block_of_code_is_an_excerpt_of_a_sample(kind: str, code: str) -> None:
    if kind == "text":
        return
    suffix = {"php": ".php", "js": ".js", "python": ".py", "html": ".html"}[kind]
    samples = [path.read_text() for path in (ROOT / "examples").rglob(f"*{suffix}")]
    assert any(indent(code, " " * depth) in text for text in samples for depth in (0, 4, 8))


def test_links_within_lead_somewhere() -> None:
    anchors = {title.strip("`") for title in sections(3)}
    anchors |= {re.sub(r"\W+", "-", t.lower()).strip("-") for t in (*sections(2), *sections(3))}
    assert set(re.findall(r"\]\(#([^)]+)\)", GUIDE)) <= anchors
    for path in re.findall(r"\]\(([^#)][^)#]*)", GUIDE):
        assert (ROOT / "docs" / path).is_file(), path
