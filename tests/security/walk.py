"""Going to every view there is, as somebody."""

from collections.abc import Callable, Iterator
from typing import Any

from webtest import TestApp

from tests.security.registered import PUBLIC, View
from tests.security.stage import Stage


class Walk:
    """Goes to every view that asks for a permission, by every method that it takes."""

    def __init__(self, stage: Stage, views: list[View]) -> None:
        self.stage = stage
        self.views = [view for view in views if view.label not in PUBLIC]
        self.browser = TestApp(stage.app)

    def answers(
        self,
        headers: dict[str, str],
        *,
        only: str | None = None,
        instead: str | None = None,
        among: Callable[[str], bool] = lambda path: True,
    ) -> Iterator[tuple[str, Any]]:
        """What each view answers to a visitor, with `method path` as its name.

        `only`: the views that take this method. `instead`: ask by this one. `among`: go to
        these paths.
        """
        for view in self.views:
            for place in self.stage.places_of(view.kind):
                path = self.stage.path(place, view.name)
                for method in view.methods if among(path) else ():
                    if only in (None, method):
                        answer = self.ask(instead or method, path, headers)
                        yield f"{instead or method} {path}", answer

    def ask(self, method: str, path: str, headers: dict[str, str]) -> Any:
        """One request, with its cookies as given and no others."""
        self.browser.reset()
        accept = "application/json" if is_api(path) else "text/html"
        return self.browser.request(
            path,
            method=method,
            headers={"Host": "localhost", "Accept": accept, **headers},
            expect_errors=True,
        )


def is_api(path: str) -> bool:
    """Whether a path, or the name of an answer, is one of the programs' addresses."""
    return "/api/" in path


def refused(response: Any) -> bool:
    """Sent to sign in, or told nothing."""
    if response.status_int == 303:
        return "/login" in response.location
    return response.status_int in (401, 403, 404)
