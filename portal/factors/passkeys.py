"""Passkeys (Web Authentication Level 3): added, and proven with."""

import hashlib
import hmac
import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast

from cryptography.exceptions import InvalidKey, UnsupportedAlgorithm
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorData,
    AuthenticatorTransport,
    CollectedClientData,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from sqlalchemy import and_, literal, or_, select, update
from sqlalchemy.orm import Session

from portal.factors.challenges import Challenges, Purpose
from portal.factors.models import Passkey
from portal.people.models import User
from portal.tenants.models import Tenant
from portal.web.i18n import N_, Message

#: More than one person needs, and a page can show.
MOST = 20
#: Characters of an answer from the browser; they have about two thousand.
_LONGEST_ANSWER = 16_384
#: Bytes of a credential's id (Web Authentication, 7.1, step 25).
_LONGEST_ID = 1023
_TRANSPORTS = frozenset(each.value for each in AuthenticatorTransport)
FLAG = AuthenticatorData.FLAG


class PasskeyError(Exception):
    """A passkey is not taken. ``hint`` says why, for the log."""

    def __init__(self, hint: Message) -> None:
        super().__init__(str(hint))
        self.hint = hint


class UnreadableAnswerError(PasskeyError):
    """The browser's answer is no answer to a challenge that it was given."""


class CopiedPasskeyError(PasskeyError):
    """Its counter went backwards: two authenticators have the same private key."""


class Passkeys:
    """The passkeys of one tenant's people, at one origin."""

    def __init__(self, db: Session, tenant: Tenant, server: Fido2Server, key: bytes) -> None:
        """`key`: the master key, from which the names of accounts are derived."""
        self.db = db
        self.tenant = tenant
        self.server = server
        self._key = key
        self._challenges = Challenges(db, tenant)

    @property
    def rp_id(self) -> str:
        """The host name to which passkeys belong here."""
        return self.server.rp.id or ""

    def usable(self, user_id: int) -> list[Passkey]:
        """Those of somebody's passkeys that browsers offer at this origin."""
        found = passkeys_of(self.db, self.tenant, user_id)
        return [each for each in found if each.rp_id == self.rp_id]

    def begin_adding(self, user: User, holder: str) -> dict[str, Any]:
        """What `navigator.credentials.create` is called with, as JSON."""
        options, _ = self.server.register_begin(
            PublicKeyCredentialUserEntity(
                id=self._handle(user), name=user.email, display_name=user.name
            ),
            credentials=[_descriptor(each) for each in self.usable(user.id)],
            # Where it can, the authenticator remembers the account: then no address is typed.
            resident_key_requirement=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
            challenge=self._challenges.make(Purpose.ADD, holder),
        )
        return dict(options.public_key)

    def add(self, user: User, answer: str, holder: str | None, name: str) -> Passkey:
        """Keep the passkey that the browser has made. Raises PasskeyError."""
        with _reading():
            given = _parsed(answer)
            registration = RegistrationResponse.from_dict(given)
            client_data = registration.response.client_data
            state = self._state(client_data, Purpose.ADD, holder)
            data = self.server.register_complete(state, given)
            credential = data.credential_data
            if credential is None:
                raise ValueError("no credential")
            algorithm = credential.public_key.get(3)
            _check_flags(data)
        if algorithm not in CoseKey.supported_algorithms():
            raise PasskeyError(N_("The passkey signs with an algorithm that is not known here."))
        if len(credential.credential_id) > _LONGEST_ID:
            raise PasskeyError(N_("The passkey’s name for itself is too long."))
        if len(passkeys_of(self.db, self.tenant, user.id)) >= MOST:
            raise PasskeyError(
                N_("There are %(most)s passkeys already. Remove one first.", most=MOST)
            )
        if self._find(credential.credential_id) is not None:
            raise PasskeyError(N_("This passkey was added before."))
        passkey = Passkey(
            tenant_id=self.tenant.id,
            user_id=user.id,
            credential_id=bytes(credential.credential_id),
            rp_id=self.rp_id,
            user_handle=self._handle(user),
            public_key=cbor.encode(credential.public_key),
            sign_count=data.counter,
            transports=_transports(given),
            backup_eligible=bool(data.flags & FLAG.BE),
            backed_up=bool(data.flags & FLAG.BS),
            name=name,
        )
        self.db.add(passkey)
        self.db.flush()
        return passkey

    def begin(self, purpose: Purpose, holder: str, *, user_id: int | None = None) -> dict[str, Any]:
        """What `navigator.credentials.get` is called with, as JSON.

        Without a user, whoever has a passkey chooses it in the browser, and has to be verified:
        then it counts for both factors.
        """
        options, _ = self.server.authenticate_begin(
            [_descriptor(each) for each in self.usable(user_id)] if user_id is not None else None,
            user_verification=(
                UserVerificationRequirement.REQUIRED
                if user_id is None
                else UserVerificationRequirement.PREFERRED
            ),
            challenge=self._challenges.make(purpose, holder),
        )
        return dict(options.public_key)

    def prove(
        self, answer: str, purpose: Purpose, holder: str | None, *, user_id: int | None = None
    ) -> Passkey:
        """The passkey with which the browser answered, if it is somebody's here (of `user_id`,
        where one is named). Raises PasskeyError. Web Authentication, 7.2."""
        with _reading():
            given = _parsed(answer)
            response = AuthenticationResponse.from_dict(given)
            client_data = response.response.client_data
            data = response.response.authenticator_data
            handle = response.response.user_handle
        passkey = self._find(response.raw_id)
        if passkey is None or passkey.rp_id != self.rp_id or user_id not in (None, passkey.user_id):
            raise PasskeyError(N_("The passkey is not known here, or is somebody else’s."))
        if (handle is None and user_id is None) or handle not in (None, passkey.user_handle):
            raise PasskeyError(N_("The passkey names another account."))
        with _reading():
            state = self._state(client_data, purpose, holder)
            self.server.authenticate_complete(state, [_credential(passkey)], given)
            _check_flags(data)
        if passkey.backup_eligible != bool(data.flags & FLAG.BE):
            raise PasskeyError(N_("The passkey has changed what it says about itself."))
        # A fingerprint, a PIN: not only that somebody is there.
        if user_id is None and not data.is_user_verified():
            raise PasskeyError(N_("The authenticator did not check who is there."))
        self._count(passkey, data)
        return passkey

    def _count(self, passkey: Passkey, data: AuthenticatorData) -> None:
        """Keep the counter and when it was used. The one UPDATE decides between answers with the
        same counter. Raises CopiedPasskeyError."""
        counts = or_(
            Passkey.sign_count < data.counter,
            and_(Passkey.sign_count == 0, literal(data.counter) == 0),
        )
        kept = self.db.execute(
            update(Passkey)
            .where(Passkey.tenant_id == self.tenant.id, Passkey.id == passkey.id, counts)
            .values(
                sign_count=data.counter,
                backed_up=bool(data.flags & FLAG.BS),
                last_used_at=datetime.now(UTC),
            )
            .returning(Passkey.id)
            .execution_options(synchronize_session=False)
        )
        if kept.first() is None:
            raise CopiedPasskeyError(
                N_("Its counter went backwards: it may be on two devices, one of them a thief’s.")
            )

    def _state(
        self, client_data: CollectedClientData, purpose: Purpose, holder: str | None
    ) -> dict[str, Any]:
        """What the library compares the answer with: the challenge that we did give out."""
        if client_data.cross_origin:
            raise ValueError("asked from within another site")
        if not self._challenges.take(client_data.challenge, purpose, holder):
            raise ValueError("no such challenge, or not for this browser, or too late")
        return {
            "challenge": websafe_encode(client_data.challenge),
            "user_verification": UserVerificationRequirement.PREFERRED,
        }

    def _find(self, credential_id: bytes) -> Passkey | None:
        return self.db.scalar(
            select(Passkey).where(
                Passkey.tenant_id == self.tenant.id,
                Passkey.credential_id == bytes(credential_id),
            )
        )

    def _handle(self, user: User) -> bytes:
        """Opaque, since authenticators show it to whoever holds them; apart for every tenant,
        since those below one origin share the relying party."""
        message = f"passkey user handle:{self.tenant.id}:{user.id}".encode("ascii")
        return hmac.new(self._key, message, hashlib.sha256).digest()


def passkeys_of(db: Session, tenant: Tenant, user_id: int) -> Sequence[Passkey]:
    """Somebody's passkeys, the oldest first."""
    return db.scalars(
        select(Passkey)
        .where(Passkey.tenant_id == tenant.id, Passkey.user_id == user_id)
        .order_by(Passkey.id)
    ).all()


@contextmanager
def _reading() -> Iterator[None]:
    """Whatever the library stumbles over in an answer is the answer's fault."""
    try:
        yield
    except (
        ValueError, KeyError, TypeError, IndexError, AttributeError, AssertionError, OverflowError,
        RecursionError, NotImplementedError, struct.error, UnsupportedAlgorithm, InvalidKey,
    ) as error:  # fmt: skip
        raise UnreadableAnswerError(
            N_("The browser’s answer does not fit: %(why)s", why=str(error)[:120])
        ) from error


def _parsed(answer: str) -> Mapping[str, Any]:
    if len(answer) > _LONGEST_ANSWER:
        raise ValueError("too long")
    given = json.loads(answer)
    if not isinstance(given, dict) or not isinstance(given.get("response"), dict):
        raise ValueError("no credential")
    return given


def _transports(given: Mapping[str, Any]) -> list[str]:
    found = given["response"].get("transports")
    return [each for each in sorted(_TRANSPORTS) if isinstance(found, list) and each in found]


def _check_flags(data: AuthenticatorData) -> None:
    if data.flags & FLAG.BS and not data.flags & FLAG.BE:
        raise ValueError("backed up without being eligible for it")


def _descriptor(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(
        type=PublicKeyCredentialType.PUBLIC_KEY,
        id=passkey.credential_id,
        transports=[AuthenticatorTransport(each) for each in passkey.transports] or None,
    )


def _credential(passkey: Passkey) -> AttestedCredentialData:
    return AttestedCredentialData.create(
        Aaguid.NONE,
        passkey.credential_id,
        CoseKey.parse(cast(Mapping[int, Any], cbor.decode(passkey.public_key))),
    )
