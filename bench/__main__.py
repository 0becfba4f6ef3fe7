"""`make bench`: the sizes to hold, measured in one run, as a table with the commit and the machine."""

from bench import exports, forms, ingest, ledger, push, results
from bench.figures import circumstances, table

ROOMS = (push, ledger, results, exports, ingest, forms)


def main() -> None:
    print(circumstances(), flush=True)
    print(table([figure for room in ROOMS for figure in room.measure()]))


if __name__ == "__main__":
    main()
