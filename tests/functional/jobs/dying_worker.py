"""A worker in a process of its own, in the middle of a job: to be killed by a test.

python -m tests.functional.jobs.dying_worker DATABASE_URL KIND
"""

import sys
import time

from portal.jobs import JobRun, Task
from portal.jobs.registry import Registered
from portal.jobs.worker import JobWorker
from tests.functional.jobs.stage import lone_registry


def hang(run: JobRun) -> None:
    """Say that it has begun, and never end."""
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    time.sleep(600)


if __name__ == "__main__":
    _, url, name = sys.argv
    kind = Registered(Task(name, queue=name), hang)
    with JobWorker(lone_registry(url, kind), concurrency=1, queues=[name]):
        time.sleep(600)
