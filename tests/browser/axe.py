"""axe-core, run inside a page. The content policy allows no foreign script element, so it is
evaluated by the browser's own debugging protocol."""

from pathlib import Path

from playwright.sync_api import Page

_SOURCE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
#: What another colour scheme can break.
COLOURS = ("color-contrast", "link-in-text-block")


def violations(page: Page, rules: tuple[str, ...] = RULES) -> list[str]:
    """What axe finds against the rules, or the groups of rules, on the page as it is now.

    It counts what lies under a sticky bar as covered: on a phone the viewport must be as tall as
    the page.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(_SOURCE)
    # Only violations: the details of all that is well take three times as long as the check.
    found = page.evaluate(
        "runOnly => axe.run(document, {runOnly, resultTypes: ['violations'], preload: false})",
        list(rules),
    )
    return [
        f"{violation['id']}: {node['html']}\n{node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
