"""methodology.md of the data package. Pure."""

from collections.abc import Mapping

TEXT = """# {name}

As of number {at} of the mission's log, received at {as_of}.

## What is in here

- `answers_<checklist>.csv`: one row a report, of every status; figures count those with status finished. A kind of
  blank stands in the cell; an empty cell is missing. Texts that a spreadsheet would run have an apostrophe before them.
- `stations.csv`: the frame. `results.csv`: one row a figure, of all finished reports.
- `codebook.csv`, `values.csv`, `missing.csv`: every variable, the labels of its codes, what each kind of blank means.

## How reports count

| status | reports |
|---|---|
{states}

A report counts as its newest finish says. Void, excluded, merged and held reports, and drafts, are in the files and in
no figure. Two reports of one team, place and stage from different phones at most 60 minutes apart are probable
duplicates: one of them counts until a person decides.

visits = not_in_version + not_applicable + asked; asked = observed + not_observed + no_access + missing;
share = counts / observed. Several visits to one station are several visits and one station. Stations that teams
visited are no random sample unless the mission declares one: without it no interval is given.

Whole per cent = (200 k + n) div (2 n) in whole numbers; below 30 observations print "k of n".
"""


def methodology(name: str, at: int, as_of: str | None, states: Mapping[str, int]) -> str:
    rows = "\n".join(f"| {status} | {count} |" for status, count in states.items())
    return TEXT.format(name=name, at=at, as_of=as_of or "-", states=rows)
