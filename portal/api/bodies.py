"""The bodies of calls, read strictly: JSON, or a form where those are taken as well."""

from typing import Any
from urllib.parse import parse_qsl

from pyramid.request import Request

from portal.api.errors import ApiError
from portal.web.i18n import N_, Message
from portal.web.strict_json import MAX_DEPTH, Fault, NotStrict, read_object

#: Bytes. A description of 20,000 characters fits, with each of them escaped.
LARGEST = 256 * 1024
JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"

_FAULTS: dict[Fault, Message] = {
    Fault.ENCODING: N_("The body is not encoded in UTF-8."),
    Fault.DEPTH: N_("The JSON nests more than %(levels)s levels deep.", levels=MAX_DEPTH),
    Fault.SYNTAX: N_("The body is not JSON."),
    Fault.NOT_AN_OBJECT: N_("The body must be a JSON object."),
    Fault.DUPLICATE: N_("A name appears twice in one JSON object."),
    Fault.CONSTANT: N_("NaN and Infinity are not JSON."),
    Fault.SURROGATE: N_("A text in the JSON is half of a character."),
}


def read_body(request: Request, *types: str) -> dict[str, Any]:
    """The body, which is of one of the media ``types``. Raises ``ApiError``: 400, 413 or 415."""
    if request.content_length is not None and request.content_length > LARGEST:
        raise _too_large()
    body: bytes = request.body
    if len(body) > LARGEST:
        raise _too_large()
    if not body:
        raise ApiError(400, "body_missing", N_("The call has no body. Send a JSON object."))
    kind, _, parameters = _media_type(request).partition(";")
    kind = kind.strip().lower()
    if kind not in types or not _is_utf8(parameters):
        raise ApiError(
            415,
            "media_type_not_supported",
            N_("Send the body as %(type)s, encoded in UTF-8.", type=types[0]),
            headers={"Accept-Post": ", ".join(types)},
        )
    return _form(body) if kind == FORM_TYPE else _json(body)


def _too_large() -> ApiError:
    return ApiError(
        413, "body_too_large", N_("The body is larger than %(bytes)s bytes.", bytes=LARGEST)
    )


def _media_type(request: Request) -> str:
    """The type of the body. Clients that are told twice send the header twice, as Laravel's before
    9.50; the server joins equal lines with a comma, and here they are one again."""
    header: str = request.headers.get("Content-Type", "")
    said = {each.strip().lower() for each in header.split(",")}
    return said.pop() if len(said) == 1 else header


def _is_utf8(parameters: str) -> bool:
    name, _, value = parameters.strip().partition("=")
    return name.strip().lower() != "charset" or value.strip(' "').lower() in ("utf-8", "utf8")


def _json(body: bytes) -> dict[str, Any]:
    try:
        return read_object(body)
    except NotStrict as refused:
        raise ApiError(400, "body_malformed", _FAULTS[refused.fault]) from None


def _form(body: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=50
        )
    except ValueError:
        raise ApiError(400, "body_malformed", N_("The form cannot be read.")) from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ApiError(400, "body_malformed", N_("A field appears twice in the form."))
    return fields
