"""Counting the statements that a page makes."""

from typing import Any

from sqlalchemy import Engine, event


class QueryCounter:
    """The statements since the last `reset()`; BEGIN and COMMIT do not count."""

    def __init__(self, engine: Engine) -> None:
        self.statements: list[str] = []
        self._engine = engine
        event.listen(engine, "before_cursor_execute", self._note)

    def _note(self, _conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self.statements.append(statement)

    def reset(self) -> None:
        """Forget what was counted."""
        self.statements.clear()

    def __len__(self) -> int:
        return len(self.statements)

    def __str__(self) -> str:
        return "\n".join(
            f"{n}. {' '.join(s.split())[:240]}" for n, s in enumerate(self.statements, 1)
        )

    def detach(self) -> None:
        """Stop listening."""
        event.remove(self._engine, "before_cursor_execute", self._note)
