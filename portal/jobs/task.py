"""What a job is, before it is done: its name, its queue, and what happens when it fails."""

import random
from dataclasses import dataclass, field

#: What a job is told: ids and short words, never a secret and never somebody's text, because the
#: queue keeps it, shows it to the operator and writes it to the log.
Value = int | str | bool | None


class GiveUp(Exception):
    """Raised by a job that would fail the same way every time: it is not tried again."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a job is tried, and how long it waits in between."""

    #: In all, the first one included.
    attempts: int = 8
    #: Seconds after the first attempt; three times as many after each later one.
    first: float = 30
    #: Seconds, at the most.
    longest: float = 6 * 3600

    def wait(self, attempt: int) -> float:
        """Seconds to wait after an attempt, of which the first is 1.

        A tenth more or less at random, so that what failed together does not return together.
        """
        seconds: float = min(self.first * 3.0 ** (attempt - 1), self.longest)
        return seconds * random.uniform(0.9, 1.1)  # noqa: S311  (it protects nothing)


#: For what the next run of a periodic job makes good.
ONCE = Retry(attempts=1)


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of job. Make one beside the function that does it, and register both with
    `config.add_job`; make jobs of it with `portal.jobs.enqueue`."""

    #: `room.verb_noun`, for ever: jobs that wait carry it.
    name: str
    #: Workers can be told which queues they take.
    queue: str = "default"
    #: The higher, the earlier.
    priority: int = 0
    retry: Retry = field(default_factory=Retry)
