"""What an engineer takes away: samples and guide, with the tenant's own values and no secret."""

import io
import re
import zipfile
from collections.abc import Mapping

from portal.integration.samples import ENV_EXAMPLE, Sample

#: The samples' own file of values.
ENV = ".env"
#: Never filled in: whoever runs a sample puts them into its environment.
SECRETS = frozenset({"PORTAL_SIGNING_KEY", "PORTAL_API_SECRET"})

_LINE = re.compile(r"(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>.*)")
#: What every reader of such files takes for itself, unquoted. Anything else is left blank.
_PLAIN = re.compile(r"[A-Za-z0-9._:/=%@+-]*", re.ASCII)
_BLANK = "# A secret: fill it in where the program runs, and nowhere else."
#: The example's first line, and what is left to say in the copy.
_COPIED = ("# Copy this file to .env, fill in", "# Fill in")
#: The oldest moment that the format knows, so that equal contents make equal archives.
_MOMENT = (1980, 1, 1, 0, 0, 0)


def filled_in(example: str, values: Mapping[str, str]) -> str:
    """A `.env.example` with the values that are known; secrets blank, with a word about that."""
    lines = []
    for line in example.splitlines():
        found = _LINE.fullmatch(line.strip())
        if found is None:
            lines.append(line)
        elif found["name"] in SECRETS:
            lines += [_BLANK, f"{found['name']}="]
        elif found["name"] in values:
            value = values[found["name"]]
            lines.append(f"{found['name']}={value if _PLAIN.fullmatch(value) else ''}")
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


def with_values(sample: Sample, values: Mapping[str, str]) -> dict[str, str]:
    """The sample's files, and its `.env` after the example for it. Both have the values, so that
    nothing is lost when somebody copies the one over the other, as the README says."""
    files: dict[str, str] = {}
    for path, text in sample.files.items():
        files[path] = text
        if path == ENV_EXAMPLE:
            files[path] = filled_in(text, values)
            files[ENV] = files[path].replace(*_COPIED, 1)
    return files


def archive(files: Mapping[str, str]) -> bytes:
    """A zip of text files by path: the same bytes for the same files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for path, text in sorted(files.items()):
            entry = zipfile.ZipInfo(path, _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            # Scripts may be run as they come.
            entry.external_attr = (0o755 if path.endswith(".sh") else 0o644) << 16
            entry.create_system = 3
            target.writestr(entry, text.encode())
    return packed.getvalue()
