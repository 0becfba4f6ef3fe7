"""What a person decided that a device is told, laid into the answer of its push."""

import orjson


def with_directive(answer: bytes, directive: str | None) -> bytes:
    """The answer as it is where nothing was decided, which is nearly always."""
    return answer if directive is None else orjson.dumps({**orjson.loads(answer), "directive": directive})
