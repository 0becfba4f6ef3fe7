"""`make bench`: the sizes to hold, measured in one run, as a table with the commit and the machine."""

from bench import forms, ledger, push, results
from bench.figures import circumstances, table


def main() -> None:
    print(circumstances(), flush=True)
    print(table([*push.measure(), *ledger.measure(), *results.measure(), *forms.measure()]))


if __name__ == "__main__":
    main()
