"""What a tenant's own settings may be."""

import pytest

from portal.tenants import rules
from portal.tenants.directory import RESERVED_SLUGS
from portal.tenants.rules import Rule


@pytest.mark.parametrize("slug", ["acme", "a", "4", "acme-2", "a" * 63])
def test_slugs(slug: str) -> None:
    assert rules.slug(slug) == slug


@pytest.mark.parametrize(
    "slug",
    ["", "Acme", "-a", "a_b", "a.b", "a b", "é", "a" * 64, "acme\n", "٤", *sorted(RESERVED_SLUGS)],
)
def test_no_slugs(slug: str) -> None:
    with pytest.raises(ValueError, match=r"lower-case letters|reserved"):
        rules.slug(slug)


@pytest.mark.parametrize(
    ("rule", "written", "kept"),
    [
        (rules.one_line, "  Acme Audio ", "Acme Audio"),
        (rules.domain, " Help.ACME.test ", "help.acme.test"),
        (rules.domain, "xn--bcher-kva.example", "xn--bcher-kva.example"),
        (rules.accent, " #ABC ", "#aabbcc"),
        (rules.accent, "#5B5bD6", "#5b5bd6"),
        (rules.language, "de", "de"),
        (rules.time_zone, "Africa/Cairo", "Africa/Cairo"),
    ],
)
def test_values_are_kept_in_one_form(rule: Rule, written: str, kept: str) -> None:
    assert rule(written) == kept
    assert rule(kept) == kept


@pytest.mark.parametrize(
    ("rule", "written"),
    [
        (rules.one_line, ""),
        (rules.one_line, "a\nb"),
        (rules.one_line, "a\u202eb"),
        (rules.one_line, "a\u2066b"),
        (rules.one_line, "a\x00b"),
        (rules.one_line, "a" * 201),
        (rules.domain, "localhost"),
        (rules.domain, "a..b"),
        (rules.domain, "-a.test"),
        (rules.domain, "a.test:80"),
        (rules.domain, "a.test/"),
        (rules.domain, "https://a.test"),
        (rules.domain, "10.0.0.1"),
        (rules.domain, "bücher.test"),
        (rules.domain, "a" * 64 + ".test"),
        (rules.domain, ".".join(["a" * 60] * 5)),
        (rules.accent, "red"),
        (rules.accent, "#ff"),
        (rules.accent, "#fff; } body { display: none"),
        (rules.language, "xx"),
        (rules.language, "EN"),
        (rules.time_zone, "Mars/Base"),
        (rules.time_zone, "../etc/passwd"),
    ],
)
def test_what_breaks_a_rule_is_refused(rule: Rule, written: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        rule(written)


def test_the_portals_hosts_are_nobodys_own() -> None:
    rule = rules.own_host(("portal.example", "localhost"))
    assert rule("help.portal.example") == "help.portal.example"
    with pytest.raises(ValueError, match="the portal’s own host"):
        rule("Portal.Example")
