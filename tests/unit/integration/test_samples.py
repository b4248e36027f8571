"""Which files of the samples may be seen, and that no address leads to another."""

import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyramid.config import Configurator
from pyramid.request import Request

from portal.integration.resources import FileResource, FolderResource, SampleResource
from portal.integration.samples import FOLDER, KINDS, Sample, read_samples, samples
from portal.web.tree import Resource


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of samples in which somebody has worked."""
    php = tmp_path / "php"
    (php / "public").mkdir(parents=True)
    (php / "index.php").write_text("<?php")
    (php / "public" / "site.css").write_text("a {}")
    (php / ".env.example").write_text("PORTAL_URL=\n")
    return tmp_path


def test_the_files_of_a_sample_are_found(folder: Path) -> None:
    (sample,) = read_samples(folder).values()
    assert list(sample.files) == [".env.example", "index.php", "public/site.css"]


@pytest.mark.parametrize(
    "stray",
    [
        ".env",
        ".env.local",
        ".htpasswd",
        ".git/config.json",
        "notes",
        "secret.key",
        "server.pem",
        "index.php.bak",
        "index.php~",
        "public/.env",
        "vendor/autoload.php",
        "node_modules/express/index.js",
        "bin/app.json",
        "obj/project.json",
        "venv/lib/flask.py",
        "__pycache__/app.py",
    ],
)
def test_what_somebody_left_behind_is_not(folder: Path, stray: str) -> None:
    path = folder / "php" / stray
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("PORTAL_SIGNING_KEY=hush")
    (sample,) = read_samples(folder).values()
    assert stray not in sample.files
    assert "hush" not in "".join(sample.files.values())


def test_links_are_not_followed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.php").write_text("hush")
    (folder / "php" / "link.php").symlink_to(outside / "secret.php")
    (folder / "php" / "more").symlink_to(outside)
    (folder / "node").symlink_to(outside)
    found = read_samples(folder)
    assert list(found) == ["php"]
    assert list(found["php"].files) == [".env.example", "index.php", "public/site.css"]


def test_what_is_no_text_is_left_out(folder: Path) -> None:
    (folder / "php" / "picture.html").write_bytes(b"\x89PNG\xff")
    (folder / "php" / "long.json").write_text(" " * 300_000)
    (sample,) = read_samples(folder).values()
    assert list(sample.files) == [".env.example", "index.php", "public/site.css"]


def test_a_folder_of_no_kind_is_no_sample(folder: Path) -> None:
    shutil.copytree(folder / "php", folder / "demo-shop")
    assert list(read_samples(folder)) == ["php"]


def standing(sample: Sample) -> SampleResource:
    """The sample's place; nothing here asks the request."""
    return SampleResource(Resource(None, None, "samples"), sample)


def walk(sample: Sample, segments: list[str]) -> Resource:
    """As traversal walks. Raises KeyError."""
    place: Resource = standing(sample)
    for segment in segments:
        place = place[segment]
    return place


class TestTheWayToAFile:
    sample = Sample(KINDS[0], {".env.example": "", "a.php": "1", "public/b.css": "2"})

    @pytest.mark.parametrize(
        ("segments", "path"),
        [
            (["a.php"], "a.php"),
            (["public", "b.css"], "public/b.css"),
            ([".env.example"], ".env.example"),
            ([".env"], ".env"),
        ],
    )
    def test_leads_there(self, segments: list[str], path: str) -> None:
        place = walk(self.sample, segments)
        assert isinstance(place, FileResource)
        assert place.path == path

    @pytest.mark.parametrize(
        "segments",
        [
            [".."],
            ["."],
            [""],
            ["..", "php", "a.php"],
            ["public", "..", "a.php"],
            ["public/../a.php"],
            ["public\\b.css"],
            ["%2e%2e"],
            ["/etc/passwd"],
            ["a.php\0"],
            ["a.php", "x"],
            ["public", ".env"],
            ["A.PHP"],
            ["a.php "],
            ["publi"],
        ],
    )
    def test_and_nowhere_else(self, segments: list[str]) -> None:
        with pytest.raises(KeyError):
            walk(self.sample, segments)

    @given(st.lists(st.text(max_size=12) | st.sampled_from(["public", "..", "a.php"]), max_size=4))
    def test_whatever_is_asked_for(self, segments: list[str]) -> None:
        try:
            place = walk(self.sample, segments)
        except KeyError:
            return
        assert isinstance(place, FolderResource) or "/".join(segments) in {
            *self.sample.files,
            ".env",
        }


class TestTheRealOnes:
    def test_they_are_read_once_where_nobody_works_on_them(self) -> None:
        config = Configurator()
        config.include("portal.integration.samples")
        request = Request.blank("/")
        request.registry = config.registry
        request.portal = SimpleNamespace(development=False)
        assert samples(request) is samples(request)
        assert samples(request) == read_samples()
        request.portal.development = True
        assert samples(request) is not samples(request)

    @pytest.fixture
    def tracked(self) -> set[str]:
        """What the project keeps of the samples, by its version control."""
        git = shutil.which("git")
        if git is None or not (FOLDER.parent / ".git").exists():
            pytest.skip("not in a checkout")
        listed = subprocess.run(
            [git, "ls-files", "-z", "."], cwd=FOLDER, capture_output=True, check=True, text=True
        )
        return set(filter(None, listed.stdout.split("\0")))

    def test_nothing_else_is_served(self, tracked: set[str]) -> None:
        served = {
            f"{name}/{path}" for name, sample in read_samples().items() for path in sample.files
        }
        assert served - tracked == set()

    def test_and_nothing_is_missing(self, tracked: set[str]) -> None:
        served = {
            f"{name}/{path}" for name, sample in read_samples().items() for path in sample.files
        }
        ours = {path for path in tracked if path.partition("/")[0] in {kind.name for kind in KINDS}}
        # What keeps build results out of version control is no part of a sample.
        assert {path for path in ours - served if not path.endswith(".gitignore")} == set()

    def test_each_says_what_it_is_and_what_it_needs(self) -> None:
        for name, sample in read_samples().items():
            assert sample.readme.startswith("# "), name
            assert "PORTAL_URL=" in sample.files[".env.example"], name
            assert "archive" not in {path.partition("/")[0] for path in sample.files}, name
