"""Lines -> a CSV file as a clerk would hand it in. Pure."""

import csv
import io
from collections.abc import Sequence
from typing import Any


def as_csv(lines: Sequence[dict[str, Any]]) -> bytes:
    """UTF-8 with a header; None is a blank cell. The columns are those of all lines, in the order of their coming."""
    columns = list(dict.fromkeys(name for line in lines for name in line))
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, columns, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(lines)
    return stream.getvalue().encode()
