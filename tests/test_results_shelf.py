"""The shelf of answers lately given."""

from hypothesis import given
from hypothesis import strategies as st

from app.results.shelf import Shelf


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 40)), max_size=40))
def test_a_shelf_gives_what_was_put_or_nothing_and_never_grows_over_its_bound(puts: list[tuple[int, int]]) -> None:
    shelf = Shelf(bytes_max=100)
    for tag, size in puts:
        shelf.put(str(tag), bytes(size))
        kept = [found for name in map(str, range(10)) if (found := shelf.get(name)) is not None]
        assert sum(map(len, kept)) <= 100
        assert shelf.get(str(tag)) is not None or size > 25


def test_the_answer_that_was_not_asked_for_longest_makes_room() -> None:
    shelf = Shelf(bytes_max=40)
    for tag in "abcd":
        shelf.put(tag, bytes(10))
    assert shelf.get("a") is not None
    shelf.put("e", bytes(10))
    assert [tag for tag in "abcde" if shelf.get(tag) is None] == ["b"]
