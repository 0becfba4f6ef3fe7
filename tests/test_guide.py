"""The pages that a mission adds to Help."""

import pytest

from app.demo.guide import pages
from app.errors import UrnaError
from app.setup.guide import refuse_odd_guide


def test_a_guide_is_a_list_of_pages_in_one_language_or_several() -> None:
    refuse_odd_guide({"guide": pages()})
    refuse_odd_guide({"guide": [{"title": "Rules", "text": "Be there."}]})
    refuse_odd_guide({"guide": None, "hotline": "1"})


def test_the_guide_of_the_demo_mission_is_in_all_its_languages() -> None:
    assert all(set(page[part]) == {"en", "ru", "kk"} for page in pages() for part in ("title", "text"))


@pytest.mark.parametrize(
    ("guide", "place"),
    [
        ("Be there.", "its start"),
        ([{"title": "Rules"}], "0.text"),
        ([{"title": "Rules", "text": {"en": 5}}], "0.text"),
        ([{"title": "Rules", "text": "", "law": ""}], "0.law"),
    ],
)
def test_a_guide_that_no_phone_could_show_is_refused_with_the_place_and_never_its_words(
    guide: object, place: str
) -> None:
    with pytest.raises(UrnaError, match=place) as refused:
        refuse_odd_guide({"guide": guide})
    assert "Rules" not in str(refused.value)
    assert "Be there" not in str(refused.value)
