"""Claims are present, typed and bounded."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.signin.claims import Claim, Claims, Kind, has_refused_characters, read_claims
from portal.signin.codes import Code
from portal.signin.refusals import Refusal
from portal.signin.trace import Trace
from portal.web.redirects import Blocked, safe_redirect
from tests.unit.signin.tokens import refusal_of

WANTED = (
    Claim("email", Kind.EMAIL, required=True),
    Claim("name", Kind.NAME),
    Claim("role", Kind.TEXT),
    Claim("external_user_id", Kind.IDENTIFIER, slot="external_id"),
    Claim("redirect_url", Kind.TARGET, slot="target"),
    Claim("tags", Kind.TEXTS),
    Claim("user_fields", Kind.FIELDS),
)


def read(**payload: Any) -> Claims:
    return read_claims({"email": "a@b.example"} | payload, WANTED, Trace())


def refused(**payload: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read(**payload)
    return caught.value


def test_values_are_found_by_slot() -> None:
    made = read(
        name=" Zoë ", external_user_id=12345, redirect_url="/tickets/42", unknown={"x": [1]}
    )
    assert made.email == "a@b.example"
    assert made.text("name") == "Zoë"
    assert made.text("external_id") == "12345"
    assert made.text("target") == "/tickets/42"
    assert "unknown" not in made.values
    assert made.text("role") is None


@pytest.mark.parametrize("value", [..., None, "", " ", "\u00a0"])
def test_a_required_claim_must_say_something(value: Any) -> None:
    payload = {} if value is ... else {"email": value}
    with pytest.raises(Refusal) as caught:
        read_claims(payload, WANTED, Trace())
    assert caught.value.code is Code.CLAIM_MISSING
    assert caught.value.wanted == "email"


@pytest.mark.parametrize("value", [None, "", "  "])
def test_an_optional_claim_may_be_empty(value: Any) -> None:
    made = read(name=value, role=value, external_user_id=value)
    assert (made.text("name"), made.text("role"), made.text("external_id")) == (None, None, None)


@pytest.mark.parametrize("name", ["email", "name", "role"])
@pytest.mark.parametrize("value", [1, 1.5, True, [], ["x"], {}, {"x": 1}])
def test_a_text_is_a_string(name: str, value: Any) -> None:
    assert refused(**{name: value}).code is Code.CLAIM_TYPE


@pytest.mark.parametrize(
    ("name", "limit"), [("email", 254), ("name", 200), ("role", 255), ("external_user_id", 255)]
)
def test_texts_are_bounded(name: str, limit: int) -> None:
    read(**{name: "x" * limit})
    assert refused(**{name: "x" * (limit + 1)}).code is Code.CLAIM_TYPE


REFUSED = [
    *range(0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F),
    *range(0x2066, 0x206A), 0xD800, 0xDBFF, 0xDC00, 0xDFFF,
]  # fmt: skip


@pytest.mark.parametrize("code", REFUSED)
@pytest.mark.parametrize("name", ["email", "name", "role", "external_user_id", "jti", "iss"])
def test_control_direction_and_surrogate_characters_are_refused(code: int, name: str) -> None:
    refusal = refused(**{name: f"a{chr(code)}b"})
    assert refusal.code is Code.CLAIM_TYPE
    assert chr(code) not in refusal.seen


@pytest.mark.parametrize(
    "name",
    ["Zoë", "李小龍", "أمينة", "משה", "👩‍👩‍👧", "می‌خواهم", "O’Brien", "Ñandú", "José Ångström"],
)
def test_names_of_the_world_pass(name: str) -> None:
    assert not has_refused_characters(name)
    assert read(name=name).text("name") == name


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "a"), (1, "1"), (0, "0"), (-3, "-3"), (0.25, "0.25"), (10**254, str(10**254))],
)
def test_an_identifier_is_a_text_or_a_number(value: Any, text: str) -> None:
    assert read(external_user_id=value).text("external_id") == text
    assert read(jti=value).text("jti") == text


@pytest.mark.parametrize(
    "value", [True, False, [], ["x"], {}, float("inf"), float("nan"), 10**255, -(10**300)]
)
def test_anything_else_is_no_identifier(value: Any) -> None:
    assert refused(jti=10**5000).code is Code.CLAIM_TYPE
    assert refused(jti=value).code is Code.CLAIM_TYPE


@pytest.mark.parametrize(
    "value",
    ["(unique id)", "(anything)", "{{ uuid }}", "<unique-id>", " (unique id) "],
)
def test_a_placeholder_is_told(value: str) -> None:
    refusal = refused(jti=value)
    assert refusal.code is Code.CLAIM_TYPE
    assert refusal.hint is not None
    assert "placeholder" in refusal.hint
    assert refusal.hint.variables == {"name": "jti"}


@pytest.mark.parametrize(
    "value",
    [
        "sso_65f1c8.123",
        "{6f9619ff-8b86-d011-b42d-00c04fc964ff}",
        "(6F9619FF-8B86-D011-B42D-00C04FC964FF)",
        "x(1)",
        "a<b>",
    ],
)
def test_what_only_looks_like_one_is_not(value: str) -> None:
    assert read(jti=value).text("jti") == value


@pytest.mark.parametrize(("value", "flag"), [(True, True), (False, False), ("false", False)])
def test_flags(value: Any, flag: bool) -> None:
    assert read(email_verified=value).flag("email_verified") is flag


@pytest.mark.parametrize("value", ["yes", 1, 0, [], "False"])
def test_what_is_no_flag(value: Any) -> None:
    assert refused(email_verified=value).code is Code.CLAIM_TYPE


def test_lists_and_objects() -> None:
    made = read(
        aud="one",
        tags=["a", " ", "b"],
        user_fields={"plan": "pro", "seats": 3, "vip": True, "x": None, "areas": ["a", 2], "y": []},
    )
    assert made.texts("aud") == ("one",)
    assert made.texts("tags") == ("a", "b")
    assert made.fields("user_fields") == {
        "plan": "pro", "seats": "3", "vip": "true", "areas": "a, 2",
    }  # fmt: skip
    wrong: tuple[dict[str, Any], ...] = (
        {"tags": [1]}, {"tags": [["a"]]}, {"user_fields": []}, {"user_fields": "{}"},
        {"user_fields": {"a": [[]]}}, {"user_fields": {"a": {}}},
    )  # fmt: skip
    for bad in wrong:
        assert refused(**bad).code is Code.CLAIM_TYPE
    assert refused(user_fields={"a\x00": 1}).code is Code.CLAIM_TYPE


@pytest.mark.parametrize("value", [1, [], {}, True, 1.5])
def test_a_target_of_the_wrong_type_is_no_reason_to_refuse(value: Any) -> None:
    """It is dealt with where the visitor is sent on: home, with a notice."""
    target = read(redirect_url=value).text("target")
    assert isinstance(safe_redirect(target, home="https://help.acme.test"), Blocked)


def test_an_empty_target_is_none() -> None:
    assert read(redirect_url="").text("target") is read(redirect_url=None).text("target") is None
    assert read(redirect_url="\\\\evil.com\r\n").text("target") == "\\\\evil.com\r\n"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(
    [claim.name for claim in WANTED] + ["iat", "exp", "nbf", "jti", "aud", "iss"]
)


@given(st.dictionaries(names, json_values))
def test_any_values_are_read_or_refused(payload: dict[str, Any]) -> None:
    refusal = refusal_of(lambda: read_claims(payload, WANTED, Trace()))
    if refusal is not None:
        assert refusal.code in (Code.CLAIM_MISSING, Code.CLAIM_TYPE)
        return
    made = read_claims(payload, WANTED, Trace())
    assert made.email
    for slot, value in made.values.items():
        texts = value if isinstance(value, tuple) else [value]
        assert slot == "target" or all(len(t) <= 255 for t in texts if isinstance(t, str))
