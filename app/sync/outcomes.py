"""What became of the operations of a push, as words to be counted. Pure."""

from collections.abc import Iterator

from app.sync.push import Push
from app.sync.wire import Refused


def outcomes_of(push: Push) -> Iterator[str]:
    """One of accepted, held, duplicate, rejected for each operation, once every job is done; in no order."""
    for sent in push.sent:
        if isinstance(sent, Refused):
            yield "rejected"
    for job in push.jobs:
        for result in job.results:
            yield "rejected" if result.conflict else result.state if result.new else "duplicate"
