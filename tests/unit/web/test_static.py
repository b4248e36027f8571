"""Static files."""

import gzip
import hashlib
import re
import shutil
import tomllib
from pathlib import Path

import pytest
from webob import Request, Response
from webtest import TestApp

from portal.web.static import FOLDER, STYLE_SHEETS, StaticFiles, join_styles

HOME = FOLDER.parent.parent


@pytest.fixture(scope="module")
def files() -> StaticFiles:
    return StaticFiles()


def test_a_file_is_cached_for_a_year_under_its_hash(browser: TestApp, files: StaticFiles) -> None:
    response = browser.get(files.url("css/app.css"))
    assert response.content_type == "text/css"
    assert response.cache_control.max_age == 365 * 24 * 3600
    assert "immutable" in response.headers["Cache-Control"]


def test_an_old_hash_gives_the_present_file_uncached(browser: TestApp) -> None:
    response = browser.get("/static/000000000000/js/app.js")
    assert response.content_type == "text/javascript"
    assert "no-cache" in response.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    ["nothing.css", "../web/static.py", "%2e%2e/web/static.py", "css", "css/", "/etc/passwd"],
)
def test_nothing_outside_the_folder(browser: TestApp, files: StaticFiles, path: str) -> None:
    browser.get(f"/static/{files.hash}/{path}", status=404)


def test_a_page_asks_only_for_files_that_exist(files: StaticFiles) -> None:
    with pytest.raises(KeyError, match="no static file"):
        files.url("css/missing.css")


def test_one_style_sheet_holds_them_all_and_its_addresses_work(files: StaticFiles) -> None:
    css = files.files["css/app.css"].body.decode()
    assert css.startswith("@layer reset,tokens,base,layout,components,utilities;")
    assert "/*" not in css
    assert css.count("{") == css.count("}")
    for address in re.findall(r'url\("([^"]+)"\)', css):
        assert (FOLDER / "css" / address).resolve().is_file()


def test_text_is_sent_compressed_to_whom_takes_it(browser: TestApp, files: StaticFiles) -> None:
    def sent(path: str, **headers: str) -> Response:
        # WebTest itself would unpack what comes.
        return Request.blank(files.url(path), headers=headers).get_response(browser.app)

    plain = sent("css/app.css")
    packed = sent("css/app.css", **{"Accept-Encoding": "br, gzip"})
    assert plain.content_encoding is None
    assert packed.content_encoding == "gzip"
    assert packed.vary == plain.vary == ("Accept-Encoding",)
    assert len(packed.body) < len(plain.body) / 3
    assert gzip.decompress(packed.body) == plain.body
    assert sent("css/app.css", **{"Accept-Encoding": "gzip;q=0"}).content_encoding is None
    assert sent("fonts/inter-latin.woff2", **{"Accept-Encoding": "gzip"}).content_encoding is None


def test_joining_styles_changes_no_rule(tmp_path: Path) -> None:
    for name in STYLE_SHEETS:
        path = tmp_path / "css" / f"{name}.css"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (tmp_path / "css" / "base.css").write_text(
        '/* words */ .a :hover,\n.b > .c { content: " {, }: ";\n  width: calc(1px + 2px); }\n'
        "@media (width >= 60rem) and (scripting: none) { .a:is(.b, .c) .d { color: red; } }\n"
    )
    assert join_styles(tmp_path).decode() == (
        '.a :hover,.b>.c{content:" {, }: ";width:calc(1px + 2px);}'
        "@media (width>= 60rem) and (scripting:none){.a:is(.b,.c) .d{color:red;}}\n"
    )


def test_every_style_sheet_is_joined_or_is_the_guides() -> None:
    there = {path.relative_to(FOLDER / "css").with_suffix("") for path in FOLDER.rglob("*.css")}
    assert {path.as_posix() for path in there} == {*STYLE_SHEETS, "guide"}


def test_a_changed_file_changes_the_address(tmp_path: Path) -> None:
    for name in STYLE_SHEETS:
        path = tmp_path / "css" / f"{name}.css"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a {}")
    (tmp_path / "icons.svg").write_text('<svg><symbol id="x"></symbol></svg>')
    first = StaticFiles(tmp_path).url("icons.svg")
    assert StaticFiles(tmp_path).url("icons.svg") == first
    (tmp_path / "css" / "base.css").write_text("b {}")
    assert StaticFiles(tmp_path).url("icons.svg") != first


def test_vendored_files_are_the_recorded_ones() -> None:
    record = tomllib.loads((FOLDER / "vendor/VENDORED.toml").read_text())
    assert record
    for path, facts in record.items():
        digest = hashlib.sha256((HOME / path).read_bytes()).hexdigest()
        assert digest == facts["sha256"], path


def test_a_watched_file_is_read_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "static"
    shutil.copytree(FOLDER, folder)
    monkeypatch.setattr("portal.web.static.LOOK_EVERY", 0.0)
    files = StaticFiles(folder, watch=True)
    before = files.hash
    assert files.fresh().hash == before
    (folder / "js" / "app.js").write_text("// changed")
    assert files.fresh().hash != before
    assert files.fresh().files["js/app.js"].body == b"// changed"


#: Sides by name, and shorthands whose sides differ: both are wrong from right to left.
_PHYSICAL = re.compile(
    r"\b(?:padding|margin|border|inset)-(?:left|right)\b|[{;]\s*(?:left|right)\s*:"
    r"|\b(?:text-align|float|clear)\s*:\s*(?:left|right)\b"
)
_FOUR = re.compile(r"\b(?:padding|margin|inset): *([^\s;]+) +([^\s;]+) +([^\s;]+) +([^\s;]+) *[;}]")


def test_styles_work_from_right_to_left() -> None:
    wrong = []
    for name in STYLE_SHEETS:
        style = (FOLDER / "css" / f"{name}.css").read_text()
        while (plain := re.sub(r"\([^()]*\)", "", style)) != style:
            style = plain
        wrong += [(name, found[0]) for found in _PHYSICAL.finditer(style)]
        wrong += [(name, four[0]) for four in _FOUR.finditer(style) if four[2] != four[4]]
    assert wrong == []
