"""The parameters of a request that redeems a token, read strictly.

WebOb takes the last of several equal parameters in silence and fails on bytes that are no
UTF-8; here each of those is a refusal (rule C1).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from portal.signin.codes import Code
from portal.signin.refusals import Refusal
from portal.web.i18n import N_

#: The names under which the vendors' samples send the token.
TOKEN_NAMES = ("token", "jwt", "id_token", "ssoToken")
#: Bytes of a token, white space around it not counted.
TOKEN_LIMIT = 8192
#: Bytes of a form: a token, a return address and some room.
FORM_LIMIT = 32_768
#: Bytes of a query string. The server that reads the request line bounds it as well.
QUERY_LIMIT = 32_768
_FORM = "application/x-www-form-urlencoded"
_PAIR_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Parameters:
    """The token as sent, and the other parameters that the dialect reads."""

    token: str = field(repr=False)
    values: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        """The value of a parameter; None when it is absent."""
        return self.values.get(name)


def read_parameters(
    query: bytes,
    body: bytes = b"",
    content_type: str = "",
    *,
    names: Collection[str] = (),
    path: Mapping[str, str] | None = None,
) -> Parameters:
    """Read the token and the parameters called ``names`` from the query and a form.

    ``path`` holds parameters taken from the URL's path; they count like the others. Unknown
    parameters (a campaign's, say) are passed over. Raises ``Refusal`` with
    ``request_malformed``, ``token_missing`` or ``token_too_large``.
    """
    tokens: list[tuple[str, str]] = []
    values: dict[str, str] = dict(path or {})
    for name, value in _pairs(query, body, content_type):
        if name in TOKEN_NAMES:
            tokens.append((name, value))
        elif name in names:
            if name in values:
                raise _twice(name)
            values[name] = value
    return Parameters(_single_token(tokens), values)


def _single_token(tokens: list[tuple[str, str]]) -> str:
    if len(tokens) > 1:
        raise _twice(tokens[1][0])
    token = tokens[0][1].strip(" \t\r\n") if tokens else ""
    if not token:
        raise Refusal(Code.TOKEN_MISSING, wanted=TOKEN_NAMES[0])
    if (size := len(token.encode())) > TOKEN_LIMIT:
        raise Refusal(
            Code.TOKEN_TOO_LARGE,
            seen=N_("%(count)d bytes", count=size),
            wanted=N_("at most %(count)d bytes", count=TOKEN_LIMIT),
        )
    return token


def _pairs(query: bytes, body: bytes, content_type: str) -> Iterator[tuple[str, str]]:
    if len(query) > QUERY_LIMIT or len(body) > FORM_LIMIT:
        raise Refusal(Code.TOKEN_TOO_LARGE, wanted=N_("at most %(count)d bytes", count=TOKEN_LIMIT))
    sources = [query]
    if body:
        if content_type.partition(";")[0].strip().lower() != _FORM:
            raise Refusal(
                Code.REQUEST_MALFORMED,
                hint=N_("Send the form as application/x-www-form-urlencoded."),
                seen=content_type[:80] if content_type.isascii() else "",
                wanted=_FORM,
            )
        sources.append(body)
    pairs = [pair for source in sources for pair in source.split(b"&") if pair]
    if len(pairs) > _PAIR_LIMIT:
        raise Refusal(Code.REQUEST_MALFORMED, seen=N_("%(count)d parameters", count=len(pairs)))
    for pair in pairs:
        name, _, value = pair.partition(b"=")
        yield _text(name), _text(value)


def _text(raw: bytes) -> str:
    """One form-encoded name or value (WHATWG URL, 5.1), UTF-8 and free of NUL."""
    try:
        text = unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal(
            Code.REQUEST_MALFORMED, hint=N_("A parameter is not encoded in UTF-8.")
        ) from None
    if "\0" in text:
        raise Refusal(Code.REQUEST_MALFORMED, hint=N_("A parameter contains a NUL character."))
    return text


def _twice(name: str) -> Refusal:
    hint = (
        N_("The request brings more than one token.")
        if name in TOKEN_NAMES
        else N_("The parameter “%(name)s” appears more than once.", name=name)
    )
    return Refusal(Code.REQUEST_MALFORMED, hint=hint, seen=name)
