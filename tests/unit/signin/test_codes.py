"""Every code says something to the visitor and something to the admin."""

import json

import pytest

from portal.signin.codes import TOKEN_STEPS, Code, Notice, Step
from portal.signin.explanations import EXPLANATIONS, NOTICES
from portal.signin.public import Public
from portal.signin.refusals import Refusal
from portal.signin.trace import Outcome, Trace, read, stored
from portal.web.i18n import N_, Message, translate

#: From the table of the specification.
STATUS = {
    "rate_limited": 429, "request_malformed": 400, "token_missing": 400, "token_too_large": 413,
    "token_malformed": 400, "tenant_unknown": 404, "tenant_mismatch": 403,
    "dialect_disabled": 403, "token_alg_not_allowed": 401, "token_header_rejected": 401,
    "token_wrong_type": 401, "token_signature_invalid": 401, "claim_missing": 401,
    "claim_type": 401, "token_expired": 401, "token_not_yet_valid": 401,
    "token_lifetime_too_long": 401, "audience_mismatch": 403, "issuer_mismatch": 403,
    "account_mismatch": 403, "token_replayed": 401, "state_mismatch": 403, "state_required": 403,
    "email_invalid": 401, "email_unverified": 403, "email_domain_blocked": 403,
    "identity_conflict": 403, "email_other_company": 403, "account_disabled": 403,
    "not_provisioned": 403, "role_requires_local_login": 403, "credentials_invalid": 401,
    "second_factor_invalid": 401, "passkey_invalid": 401, "passkey_copied": 401,
    "api_key_invalid": 401, "api_scope_missing": 403, "secret_in_browser": 403,
    "redirect_blocked": 422, "site_address_unknown": 400, "site_request_refused": 400,
    "site_credentials_invalid": 401, "site_code_invalid": 400, "site_code_replayed": 400,
    "site_verifier_invalid": 400, "provider_disabled": 403, "provider_unreachable": 502,
    "provider_misconfigured": 502, "provider_declined": 403, "provider_failed": 502,
    "provider_group_missing": 403, "id_token_invalid": 403, "id_token_mismatch": 403,
}  # fmt: skip


def test_the_codes_and_their_statuses_are_stable() -> None:
    assert {code.value: code.status for code in Code} == STATUS
    assert set(EXPLANATIONS) == {code.value for code in Code}
    assert set(NOTICES) == {notice.value for notice in Notice}


@pytest.mark.parametrize("code", list(Code))
def test_every_code_is_explained(code: Code) -> None:
    for text in (code.public.sentence, code.headline, code.fix):
        assert isinstance(text, Message)
        assert text
        assert "!" not in text
    assert code.public.sentence.endswith(".")
    assert code.fix.endswith(".")
    # The visitor's sentence is no oracle: it repeats neither the code nor the admin's words.
    assert code.value not in code.public.sentence
    assert str(code.headline) != str(code.public.sentence).rstrip(".")


def test_signature_and_tenant_failures_read_the_same() -> None:
    same = (
        Code.TOKEN_SIGNATURE_INVALID, Code.TENANT_UNKNOWN, Code.TENANT_MISMATCH,
        Code.DIALECT_DISABLED, Code.TOKEN_ALG_NOT_ALLOWED, Code.AUDIENCE_MISMATCH,
        Code.ISSUER_MISMATCH, Code.ACCOUNT_MISMATCH,
    )  # fmt: skip
    assert {code.public for code in same} == {Public.UNCONFIRMED}


@pytest.mark.parametrize("notice", list(Notice))
def test_every_notice_is_explained(notice: Notice) -> None:
    assert notice.headline
    assert notice.fix.endswith(".")


def test_steps_are_in_the_order_of_the_checks_and_labelled() -> None:
    assert [step.value for step in Step][:8] == [
        "request", "structure", "tenant", "dialect", "header", "signature", "claims", "time",
    ]  # fmt: skip
    assert all(step.label for step in Step)


def test_a_trace_tells_what_passed_what_failed_and_what_was_not_reached() -> None:
    trace = Trace()
    with trace.step(Step.REQUEST) as check:
        check.seen = N_("%(count)d bytes", count=742)
    hint = N_("a hint")
    with pytest.raises(Refusal) as refused, trace.step(Step.STRUCTURE):
        raise Refusal(Code.TOKEN_MALFORMED, hint=hint, seen="2 parts", wanted="3 parts")
    assert refused.value.step is Step.STRUCTURE
    rows = trace.rows()
    assert [row.step for row in rows] == list(TOKEN_STEPS)
    assert [row.outcome for row in rows[:3]] == [Outcome.OK, Outcome.FAIL, Outcome.SKIPPED]
    assert rows[1].refusal is refused.value
    words = {"text": "%(count)d bytes", "variables": {"count": 742}}
    assert trace.as_json() == [
        {"step": "request", "outcome": "ok", "seen": words, "wanted": ""},
        {"step": "structure", "outcome": "fail", "seen": "2 parts", "wanted": "3 parts"},
    ]


def test_words_come_out_of_the_log_as_they_went_in() -> None:
    words = N_("%(what)s and %(count)d more", what="a\0b", count=2)
    kept = stored(words)
    assert json.loads(json.dumps(kept)) == kept
    again = read(kept)
    assert isinstance(again, Message)
    assert translate("en", again) == "a\N{REPLACEMENT CHARACTER}b and 2 more"
    assert read(stored("exp\x1b[2J")) == "exp\N{REPLACEMENT CHARACTER}[2J"
    nothing: tuple[object, ...] = (None, 7, [], {})
    for broken in nothing:
        assert read(broken) == ""


def test_a_trace_may_go_on_past_a_check() -> None:
    trace = Trace(going_on_past=frozenset({Step.TIME}))
    with trace.step(Step.TIME):
        raise Refusal(Code.TOKEN_EXPIRED, seen="late")
    with pytest.raises(Refusal), trace.step(Step.AUDIENCE):  # type: ignore[unreachable]  # it is
        raise Refusal(Code.AUDIENCE_MISMATCH)
    assert [check.outcome for check in trace.checks] == [Outcome.FAIL, Outcome.FAIL]
    assert trace.checks[0].seen == "late"
