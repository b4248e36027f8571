"""Passwords: how they are kept, and which are good enough."""

import threading
import time
from typing import Literal

import pytest
from argon2 import PasswordHasher, extract_parameters

from portal.people import passwords
from portal.people.passwords import (
    good_password,
    hash_password,
    is_outdated,
    verify_nobody,
    verify_password,
)
from portal.web.i18n import Message


def test_only_the_right_password_verifies() -> None:
    kept = hash_password("staple-lantern-orchid", "cheap")
    assert verify_password(kept, "staple-lantern-orchid")
    for wrong in ("", "staple-lantern-orchid ", "Staple-lantern-orchid", "x" * 5000):
        assert not verify_password(kept, wrong)
    assert hash_password("staple-lantern-orchid", "cheap") != kept


def test_the_normal_profile_is_owasps() -> None:
    kept = hash_password("staple-lantern-orchid")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert verify_password(kept, "staple-lantern-orchid")


@pytest.mark.parametrize("kept", ["", "x", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv"])
def test_a_damaged_hash_opens_nothing(kept: str) -> None:
    assert not verify_password(kept, "")
    assert not verify_password(kept, "x")


def test_an_old_hash_is_known() -> None:
    cheap, normal = hash_password("x", "cheap"), hash_password("x", "normal")
    assert is_outdated(cheap, "normal")
    assert is_outdated(normal, "cheap")
    assert not is_outdated(cheap, "cheap")
    assert not is_outdated(normal, "normal")


@pytest.mark.parametrize("profile", ["cheap", "normal"])
def test_nobody_takes_as_long_as_somebody(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same work: one verification, at the same cost. Counted, not timed: machines are busy."""
    costs = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002  (its own name)
            costs.append(extract_parameters(str(hash)))
            return super().verify(hash, password)

    somebody = hash_password("staple-lantern-orchid", profile)
    verify_nobody("warm up", profile)
    monkeypatch.setattr(passwords, "_hasher", lambda _profile: Counting())
    assert not verify_password(somebody, "wrong")
    verify_nobody("wrong", profile)
    assert len(costs) == 2
    assert costs[0] == costs[1]


def test_few_hashes_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of sign-ins waits; it does not take 19 MB each and every core."""
    running = most = 0
    lock = threading.Lock()

    class Slow:
        def verify(self, _kept: str, _password: str) -> bool:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.02)
            with lock:
                running -= 1
            return True

    monkeypatch.setattr(passwords, "_hasher", lambda _profile: Slow())
    threads = [threading.Thread(target=verify_password, args=("x", "y")) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 <= most <= passwords._SLOTS._initial_value  # type: ignore[attr-defined]  # not in its stub


@pytest.mark.parametrize(
    "password",
    [
        "correct-horse-battery",
        "staple-lantern-orchid",
        "äpfel und birnen im märz",
        "x7#Qm!v2Lp",
        "tangerine aqueduct " * 6,
        "👩‍👩‍👧 lantern orchid 7",
    ],
)
def test_good_ones(password: str) -> None:
    assert good_password(password, "Cleo Customer", "cleo@customer.test", "Acme Audio") == password


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("", "at least"),
        ("short-one", "at least"),
        ("x" * 129, "at most"),
        ("1q2w3e4r5t", "most common"),
        ("ILOVEYOU123", "most common"),
        ("password12345", "easy to guess"),
        ("aaaaaaaaaaaaaaaa", "easy to guess"),
        ("aB3$" * 30, "easy to guess"),
        ("CleoCustomer1", "easy to guess"),
        ("cleo@customer.test", "easy to guess"),
        ("acmeaudio1", "easy to guess"),
    ],
)
def test_bad_ones_say_why(password: str, word: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as refused:
        good_password(password, "Cleo Customer", "cleo@customer.test", "Acme Audio")
    sentence = refused.value.args[0]
    assert isinstance(sentence, Message)
    assert word in sentence
    assert password not in sentence or not password


def test_long_ones_cost_no_time() -> None:
    started = time.thread_time()
    good_password("correct-horse-battery" + "x" * 100)
    assert time.thread_time() - started < 2
