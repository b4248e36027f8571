"""What a provider, another provider, or somebody in between may try."""

import time
from typing import Any

import pytest

from tests.functional.openid.conftest import Desk
from tests.functional.openid.provider import CLIENT, new_key, running


def test_a_state_counts_in_the_browser_that_was_given_it(desk: Desk) -> None:
    """Login CSRF: somebody is to be signed in to the attacker's account."""
    back = desk.provider.authorize(desk.leave())
    victim = desk.world.anonymous()
    desk.leave(victim)
    assert desk.come_back(back, victim).status_int == 403
    assert desk.logged()[0] == "state_mismatch"
    # Its own browser is still on the way.
    assert desk.come_back(back).status_int == 303


def test_a_browser_without_a_cookie_brings_nothing_back(desk: Desk) -> None:
    back = desk.provider.authorize(desk.leave())
    assert desk.come_back(back, desk.world.anonymous()).status_int == 403
    assert desk.refusal(state="another")[0] == "state_mismatch"
    assert desk.refusal(state=...)[0] == "state_mismatch"


def test_a_callback_counts_once(desk: Desk) -> None:
    back = desk.provider.authorize(desk.leave())
    assert desk.come_back(back).status_int == 303
    assert desk.come_back(back).status_int == 403
    assert desk.logged()[0] == "state_mismatch"


def test_a_refused_callback_counts_once_too(desk: Desk) -> None:
    desk.provider.claims["aud"] = "somebody-else"
    back = desk.provider.authorize(desk.leave())
    assert desk.come_back(back).status_int == 403
    desk.provider.claims.clear()
    assert desk.come_back(back).status_int == 403
    assert desk.logged()[0] == "state_mismatch"


def test_a_code_that_was_redeemed_already_is_refused_by_the_provider(desk: Desk) -> None:
    first = desk.provider.authorize(desk.leave())
    code = first.partition("code=")[2].partition("&")[0]
    desk.come_back(first)
    code_again, hint = desk.refusal(code=code)
    assert code_again == "provider_failed"
    assert "used, too old" in hint


def test_a_nonce_of_another_sign_in_is_refused(desk: Desk) -> None:
    """A code, or an ID token, that was stolen and is put into the attacker's own sign-in."""
    desk.provider.claims["nonce"] = "stolen"
    assert desk.refusal()[0] == "id_token_mismatch"
    desk.provider.claims["nonce"] = ...
    assert desk.refusal()[0] == "id_token_mismatch"


def test_an_answer_of_another_provider_is_not_taken_for_this_ones(desk: Desk) -> None:
    """Mix-up (RFC 9700, 4.4): the code of an honest provider is to be sent to the attacker's."""
    with running() as honest:
        evil_key = desk.key
        desk.key = desk.add(honest.issuer, name="Honest")
        # The visitor is sent to the honest one; its answer is turned to the attacker's address.
        back = honest.authorize(desk.leave()).replace(desk.key, evil_key)
        assert desk.come_back(back).status_int == 403
        assert desk.logged()[0] == "state_mismatch"
        # The attacker's provider sends its visitor on to the honest one, with its own state.
        desk.key, honest_key = evil_key, desk.key
        leaving = desk.leave()
        back = honest.authorize(leaving.replace(desk.provider.issuer, honest.issuer))
        assert honest_key not in back
        desk.provider.calls.clear()
        assert desk.come_back(back).status_int == 403
        assert desk.logged()[0] == "id_token_mismatch"
        # The honest provider's code has gone nowhere.
        assert "/token" not in desk.provider.calls


def test_an_answer_that_names_no_issuer_counts_only_where_none_does(desk: Desk) -> None:
    assert desk.refusal(iss=...)[0] == "id_token_mismatch"
    desk.provider.metadata["authorization_response_iss_parameter_supported"] = False
    desk.world.app.registry["openid.directory"].metadata(desk.provider.issuer, fresh=True)
    assert desk.sign_in(iss=...).status_int == 303
    assert desk.refusal(iss="https://other.example")[0] == "id_token_mismatch"


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"iss": "https://other.example"}, "id_token_mismatch"),
        ({"iss": ...}, "id_token_mismatch"),
        ({"aud": "somebody-else"}, "id_token_mismatch"),
        ({"aud": ...}, "id_token_mismatch"),
        ({"aud": [CLIENT, "somebody-else"]}, "id_token_mismatch"),
        ({"azp": "somebody-else"}, "id_token_mismatch"),
        ({"at_hash": "bm90IHRoaXMgb25lIQ"}, "id_token_mismatch"),
        ({"exp": int(time.time()) - 3600}, "id_token_invalid"),
        ({"exp": ...}, "id_token_invalid"),
        ({"exp": True}, "id_token_invalid"),
        ({"iat": ...}, "id_token_invalid"),
        ({"iat": int(time.time()) + 9000}, "id_token_invalid"),
        ({"iat": int(time.time()) - 9000}, "id_token_invalid"),
        ({"nbf": int(time.time()) + 9000}, "id_token_invalid"),
        ({"sub": ...}, "id_token_invalid"),
        ({"sub": 7}, "id_token_invalid"),
        ({"sub": "no\0body"}, "id_token_invalid"),
        ({"aud": [CLIENT], "azp": CLIENT}, "signed_in"),
    ],
)
def test_a_token_that_says_anything_else_is_refused(
    desk: Desk, claims: dict[str, Any], code: str
) -> None:
    desk.provider.claims = claims
    desk.sign_in()
    assert desk.logged()[0] == code


@pytest.mark.parametrize("token", ["at-é", "at-\r\nX-More: 1"])
def test_an_access_token_that_no_header_may_hold_is_not_used(
    desk: Desk, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would ask for the name, which the ID token leaves out."""
    desk.provider.claims = {"name": ...}
    honest = desk.provider.answer

    def answer(method: str, path: str, headers: Any, body: bytes) -> tuple[int, Any]:
        status, found = honest(method, path, headers, body)
        return status, found | {"access_token": token} if path == "/token" else found

    monkeypatch.setattr(desk.provider, "answer", answer)
    assert desk.sign_in().status_int == 303
    assert "/userinfo" not in desk.provider.calls


def test_no_other_key_and_no_other_algorithm_signs(desk: Desk) -> None:
    honest = desk.provider.keys[0]
    # Somebody else's key, under the provider's name for its own.
    desk.provider.signs_with = new_key("stolen name")
    assert desk.refusal() == (
        "id_token_invalid",
        "The ID token’s signature is not the provider’s.",
    )
    desk.provider.algorithm, desk.provider.signs_with = "none", b""
    assert desk.refusal()[0] == "id_token_invalid"
    # The public key as the secret of a symmetric algorithm.
    desk.provider.algorithm = "HS256"
    desk.provider.signs_with = honest.as_pem(private=False)
    assert desk.refusal()[0] == "id_token_invalid"


def test_a_new_key_is_found_and_strangers_cannot_make_us_ask_all_day(desk: Desk) -> None:
    desk.sign_in()
    desk.provider.keys = [new_key("second"), new_key("first")]
    assert desk.sign_in().status_int == 303
    desk.provider.calls.clear()
    desk.provider.keys = [new_key("third")]
    assert desk.refusal()[0] == "id_token_invalid"
    assert "/jwks" not in desk.provider.calls


def test_a_provider_that_is_away_is_a_calm_page_and_works_again_later(desk: Desk) -> None:
    desk.provider.status = 503
    start = desk.world.url(f"/login/openid-start/{desk.key}")
    answer = desk.browser.get(start, status=502)
    assert "cannot be reached at the moment" in answer.text
    assert desk.logged()[0] == "provider_unreachable"
    desk.provider.status = 200
    leaving = desk.leave()
    desk.provider.status = 500
    assert desk.come_back(desk.provider.authorize(leaving)).status_int == 502
    desk.provider.status = 200
    assert desk.sign_in().status_int == 303


@pytest.mark.parametrize(
    ("document", "cause"),
    [
        ({"issuer": "https://accounts.example"}, "calls itself “https://accounts.example”"),
        ({"issuer": ...}, "calls itself"),
        ({"token_endpoint": ...}, "names no “token_endpoint”"),
        ({"jwks_uri": "file:///etc/passwd"}, "names the address file:///etc/passwd"),
        ({"token_endpoint": "https://u:p@token.test/"}, "names the address"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "names the address"),
        ({"token_endpoint": "https://\0/"}, "names the address https://\ufffd/"),
        ({"issuer": "\0"}, "calls itself “\ufffd”"),
    ],
)
def test_a_discovery_document_that_is_not_its_own_is_refused(
    desk: Desk, document: dict[str, Any], cause: str
) -> None:
    desk.provider.metadata = document
    desk.browser.get(desk.world.url(f"/login/openid-start/{desk.key}"), status=502)
    code, hint = desk.logged()
    assert code == "provider_misconfigured"
    assert cause in hint


def test_endpoints_inside_the_network_are_not_called(desk: Desk) -> None:
    desk.provider.metadata = {"jwks_uri": "https://169.254.169.254/keys"}
    code, hint = desk.refusal()
    assert code == "provider_misconfigured"
    assert "not a public address" in hint


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        ("access_denied", "provider_declined", 403),
        ("login_required", "provider_declined", 403),
        ("server_error", "provider_failed", 502),
        ("<script>", "provider_failed", 502),
    ],
)
def test_an_error_instead_of_a_code_is_a_calm_page(
    desk: Desk, error: str, code: str, status: int
) -> None:
    answer = desk.sign_in(code=..., error=error, error_description="<b>pay here</b>")
    assert answer.status_int == status
    assert "The sign-in was not completed." in answer.text
    assert "pay here" not in answer.text
    assert desk.logged()[0] == code


def test_parameters_come_once(desk: Desk) -> None:
    back = desk.provider.authorize(desk.leave())
    assert desk.come_back(f"{back}&code=another").status_int == 400
    assert desk.come_back(back).status_int == 303


def test_the_wrong_secret_says_what_to_do(desk: Desk) -> None:
    desk.key = desk.add(desk.provider.issuer, secret="old")
    code, hint = desk.refusal()
    assert code == "provider_failed"
    assert "its secret is another" in hint


def test_looking_ahead_starts_and_finishes_nothing(desk: Desk) -> None:
    headers = {"Sec-Purpose": "prefetch"}
    start = desk.world.url(f"/login/openid-start/{desk.key}")
    assert desk.browser.get(start, headers=headers).status_int == 204
    back = desk.provider.authorize(desk.leave())
    path = back.removeprefix("http://localhost")
    assert desk.browser.get(path, headers=headers).status_int == 204
    assert desk.browser.head(path).status_int == 204
    assert desk.come_back(back).status_int == 303
