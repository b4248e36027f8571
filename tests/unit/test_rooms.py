"""How rooms may know each other: services and models, never views.

`lint-imports` holds the floors; this holds the doors between the rooms of one floor.
"""

from collections.abc import Iterator

import grimp
import pytest


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("portal", cache_dir=None)


def room(module: str) -> str:
    """The folder below `portal`, or the module itself where it lies there."""
    return ".".join(module.split(".")[:2])


def foreign_imports(graph: grimp.ImportGraph) -> Iterator[tuple[str, str]]:
    """Every import of one room's module by another room's."""
    for importer in sorted(graph.modules):
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            if room(importer) != room(imported):
                yield importer, imported


def test_the_graph_is_that_of_the_whole_house(graph: grimp.ImportGraph) -> None:
    assert {"portal.tickets.models", "portal.db.session", "portal.web.tweens"} <= graph.modules
    assert sum(1 for _ in foreign_imports(graph)) > 50


def test_no_room_imports_anothers_views(graph: grimp.ImportGraph) -> None:
    assert [
        f"{importer} imports {imported}"
        for importer, imported in foreign_imports(graph)
        if imported.rpartition(".")[2].startswith("views") and room(imported) != "portal.web"
    ] == []


def test_only_the_command_line_knows_the_demo(graph: grimp.ImportGraph) -> None:
    assert {
        room(importer)
        for importer, imported in foreign_imports(graph)
        if room(imported) == "portal.demo"
    } == {"portal.cli"}


def test_settings_know_no_room(graph: grimp.ImportGraph) -> None:
    assert graph.find_modules_directly_imported_by("portal.settings") == {"portal.settings_reader"}
    assert graph.find_modules_directly_imported_by("portal.settings_reader") == set()
