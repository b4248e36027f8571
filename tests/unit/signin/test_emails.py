"""Addresses: one form, two lists, a mask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.signin.codes import Code
from portal.signin.emails import canonical_email, check_domain, mask_email
from portal.signin.refusals import Refusal


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("cleo@customer.test", "cleo@customer.test"),
        ("Cleo.O'Brien+tag@Customer.TEST", "cleo.o'brien+tag@customer.test"),
        ("a@b.example", "a@b.example"),
        ("x@xn--mnchen-3ya.de", "x@xn--mnchen-3ya.de"),
    ],
)
def test_only_ascii_letters_are_lowered(sent: str, kept: str) -> None:
    assert canonical_email(sent) == kept


@pytest.mark.parametrize(
    "sent",
    [
        "", "@", "a", "a@", "@b.example", "a@b@c.example", "a b@c.example", "a@b c.example",
        "a@b..example", ".a@b.example", "a.@b.example", "a..b@c.example", '"a b"@c.example',
        "a@[127.0.0.1]", "a@.example", "a@b.example.", "a@b_c.example", "a,b@c.example",
        "a@b.example,c@d.example", "<a@b.example>", "A <a@b.example>", "a\n@b.example",
        "a\x00@b.example", "a@b.example\u202e", "\u212aelly@b.example", "\u0131@b.example",
        "\uff41@b.example", "a@\uff42.example", "a@b.exämple", "x" * 250 + "@b.example",
    ],
)  # fmt: skip
def test_everything_doubtful_is_refused(sent: str) -> None:
    with pytest.raises(Refusal) as refused:
        canonical_email(sent)
    assert refused.value.code is Code.EMAIL_INVALID
    assert refused.value.seen == ""


@given(st.text(max_size=40))
def test_any_text_is_kept_or_refused(text: str) -> None:
    for sent in (text, f"{text}@b.example", f"a@{text}.example"):
        try:
            kept = canonical_email(sent)
        except Refusal:
            continue
        assert canonical_email(kept) == kept
        assert kept.isascii()


@pytest.mark.parametrize(
    ("domain", "allowed", "blocked", "passes"),
    [
        ("customer.test", [], [], True),
        ("customer.test", ["customer.test"], [], True),
        ("customer.test", [" Customer.Test "], [], True),
        ("customer.test", ["other.test"], [], False),
        ("sub.customer.test", ["customer.test"], [], False),
        ("sub.customer.test", ["*.customer.test"], [], True),
        ("customer.test", ["*.customer.test"], [], False),
        ("evilcustomer.test", ["*.customer.test"], [], False),
        ("customer.test", [], ["customer.test"], False),
        ("customer.test", ["customer.test"], ["customer.test"], False),
        ("customer.test", [], [""], True),
    ],
)
def test_domain_lists(domain: str, allowed: list[str], blocked: list[str], passes: bool) -> None:
    if passes:
        check_domain(f"a@{domain}", allowed=allowed, blocked=blocked)
    else:
        with pytest.raises(Refusal, match="email_domain_blocked"):
            check_domain(f"a@{domain}", allowed=allowed, blocked=blocked)


@pytest.mark.parametrize(
    ("email", "mask"),
    [
        ("marie@northwind.example", "ma•••@northwind.example"),
        ("ab@c.example", "a•••@c.example"),
        ("a@c.example", "a•••@c.example"),
    ],
)
def test_the_mask_hides_the_person(email: str, mask: str) -> None:
    assert mask_email(email) == mask
