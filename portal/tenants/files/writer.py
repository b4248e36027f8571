"""Writing a tenant file: the few kinds of values that it has, as TOML 1.0."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any


def write(tables: Iterable[tuple[str, Iterable[Mapping[str, Any]]]]) -> str:
    """Tables in their order, each with its heading; keys whose value is None are left out."""
    blocks = [
        "\n".join([heading, *(f"{k} = {_value(v)}" for k, v in row.items() if v is not None)])
        for heading, rows in tables
        for row in rows
    ]
    return "\n\n".join(blocks) + "\n"


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            # JSON's strings are TOML's, but for DEL.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case datetime():
            return value.isoformat()
        case list() | tuple():
            return f"[{', '.join(_value(each) for each in value)}]"
    raise TypeError(f"a tenant file holds no {type(value).__name__}")
