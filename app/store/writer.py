"""One queue and one batching thread a process: many requests share one commit.

A request hands in drafts; the thread takes what waits, a mission at a time, appends it in one transaction, runs
`after` in it (the projections), commits, and only then answers. A group that fails is tried again request by request,
then operation by operation; what fails alone is kept as bytes, held as `internal_error`.
"""

import logging
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from time import monotonic

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError

from app.errors import UrnaError
from app.store.database import writing
from app.store.log import Appended, Draft, Head, append_to, take_head

logger = logging.getLogger("urna.writer")

BUSY_S = 1.0
After = Callable[[Connection, Head, Sequence["Job"]], None]
"""Called in the transaction, once a mission, with the jobs whose results are set."""


@dataclass
class Job:
    """Drafts of one request, and whatever `after` needs to know of it."""

    mission: str
    drafts: Sequence[Draft]
    context: object = None
    results: list[Appended] = field(default_factory=list)
    head: Head | None = None
    future: "Future[Job]" = field(default_factory=Future)


class Writer:
    """Takes jobs from any thread; `submit` answers a future that is done after the commit."""

    def __init__(self, engine: Engine, after: After, queue_max: int = 2000, group_operations_max: int = 1000) -> None:
        self._engine = engine
        self._after = after
        self._queue: queue.Queue[Job | None] = queue.Queue(queue_max)
        self._group_operations_max = group_operations_max
        self._thread = threading.Thread(target=self._run, name="urna-writer", daemon=True)
        self._closed = False
        self._written_at_s = 0.0
        self._inside = 0
        self._quiet = threading.Event()
        self._quiet.set()

    @property
    def is_busy(self) -> bool:
        """Whether phones have sent within the last second: what follows behind takes little of the processor then."""
        return monotonic() - self._written_at_s < BUSY_S

    @contextmanager
    def expecting(self) -> Iterator[None]:
        """Around a request that has been read and will hand in drafts. For the event loop alone."""
        self._inside += 1
        self._quiet.clear()
        try:
            yield
        finally:
            self._inside -= 1
            if not self._inside:
                self._quiet.set()

    def give_way(self, at_most_s: float) -> bool:
        """Wait until no such request is inside, and say whether none is.

        For what follows behind: one interpreter does its work and that of the pushes.
        """
        return self._quiet.wait(at_most_s)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float = 20) -> None:
        """Write what waits, then end."""
        self._closed = True
        self._queue.put(None)
        self._thread.join(timeout_s)

    def submit(self, job: Job) -> "Future[Job]":
        """Raises UrnaError `busy` where the queue is full or the server is stopping."""
        if self._closed:
            raise UrnaError("busy", headers={"Retry-After": "5"})
        job.future.set_running_or_notify_cancel()  # a caller that gives up must not break the group
        try:
            self._queue.put_nowait(job)
        except queue.Full:
            raise UrnaError("busy", headers={"Retry-After": "5"}) from None
        return job.future

    def _run(self) -> None:
        while True:
            jobs, last = self._take()
            for mission, group in groupby(sorted(jobs, key=lambda job: job.mission), lambda job: job.mission):
                self._write(mission, list(group))
            if last:
                return

    def _take(self) -> tuple[list[Job], bool]:
        """What waits, up to the bound of a group; blocks for the first."""
        jobs: list[Job] = []
        operations = 0
        item = self._queue.get()
        while item is not None:
            jobs.append(item)
            operations += len(item.drafts)
            if operations >= self._group_operations_max:
                return jobs, False
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return jobs, False
        return jobs, True

    def _write(self, mission: str, jobs: list[Job]) -> None:
        try:
            self._commit(mission, jobs)
        except Exception as error:
            self._write_apart(mission, jobs, error)
            return
        self._written_at_s = monotonic()
        for job in jobs:
            job.future.set_result(job)

    def _write_apart(self, mission: str, jobs: list[Job], error: Exception) -> None:
        if is_out_of_order(error):
            for job in jobs:
                job.future.set_exception(as_urna_error(error))
        elif len(jobs) > 1:
            for job in jobs:
                self._write(mission, [job])
        else:
            self._write_one_by_one(mission, jobs[0], error)

    def _write_one_by_one(self, mission: str, job: Job, error: Exception) -> None:
        logger.error("a request failed to be stored as a whole: %s", type(error).__name__)
        results: list[Appended] = []
        try:
            for draft in job.drafts:
                results += self._write_alone(mission, job, draft)
        except Exception as last:
            job.future.set_exception(as_urna_error(last))
            return
        job.results = results
        job.future.set_result(job)

    def _write_alone(self, mission: str, job: Job, draft: Draft) -> list[Appended]:
        single = Job(mission, [draft], job.context)
        try:
            self._commit(mission, [single])
        except Exception as error:
            if is_out_of_order(error):
                raise
            logger.error("an operation is held: it failed alone with %s", type(error).__name__)
            single = self._write_held(mission, replace(draft, state="held", code="internal_error"), job.context)
        job.head = single.head
        return single.results

    def _write_held(self, mission: str, draft: Draft, context: object) -> Job:
        """With its projections, so that a rebuild finds them the same; without where even those fail."""
        single = Job(mission, [draft], context)
        try:
            self._commit(mission, [single])
        except Exception as error:
            if is_out_of_order(error):
                raise
            self._commit(mission, [single], bare=True)
        return single

    def _commit(self, mission: str, jobs: list[Job], bare: bool = False) -> None:
        with writing(self._engine) as connection:
            head = take_head(connection, mission, datetime.now(UTC))
            self._append(connection, head, jobs)
            if not bare:
                self._after(connection, head, jobs)

    def _append(self, connection: Connection, head: Head, jobs: list[Job]) -> None:
        """One statement for the drafts of all jobs: that is where the speed of a group comes from."""
        results = append_to(connection, head, [draft for job in jobs for draft in job.drafts])
        start = 0
        for job in jobs:
            job.results = results[start : start + len(job.drafts)]
            job.head = replace(head)
            start += len(job.drafts)


def is_out_of_order(error: Exception) -> bool:
    """The database cannot write now, whatever the operation: disk full, locked, gone, all connections taken."""
    return isinstance(error, OperationalError | InterfaceError | TimeoutError)


def as_urna_error(error: Exception) -> UrnaError:
    text = str(error).lower()
    if "disk is full" in text or "no space left" in text or "disk full" in text:
        return UrnaError("storage_full", headers={"Retry-After": "60"})
    return UrnaError("busy", headers={"Retry-After": "5"})
