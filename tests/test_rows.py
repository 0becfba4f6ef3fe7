"""Reading lists as clerks keep them: separators, encodings, spreadsheets, dirt."""

import contextlib
import csv
import io
from collections.abc import Sequence
from datetime import date, time

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from app.setup.columns import Reading
from app.setup.complaints import Complaint
from app.setup.encoding import EncodingUnsure, decode
from app.setup.rows import Table, read_table

READING = Reading(fields=("code", "number", "name"), identities=frozenset({"code", "number"}))
RUSSIAN = "number,name\n0012,Средняя школа № 5\n0013,Дом культуры железнодорожников\n"


def read(data: str | bytes, reading: Reading = READING) -> Table:
    return read_table(data.encode() if isinstance(data, str) else data, reading)


def texts(table: Table, name: str) -> list[str]:
    return [row.text(name) for row in table.rows]


def codes(table: Table) -> list[tuple[int, str, str]]:
    return [(c.line, c.column, c.code) for c in table.complaints]


def workbook(*rows: Sequence[object], sheets: tuple[str, ...] = ("list",)) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"strings_to_numbers": False, "strings_to_formulas": False})
    formats = {date: book.add_format({"num_format": "dd.mm.yyyy"}), time: book.add_format({"num_format": "hh:mm"})}
    for name in sheets:
        sheet = book.add_worksheet(name)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                sheet.write(r, c, value, formats.get(type(value)))
    book.close()
    return stream.getvalue()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_the_one_of_the_first_line(separator: str) -> None:
    table = read(f'number{separator}name\n0012{separator}"School; 5, Abay\tst"\n')
    assert texts(table, "name") == ["School; 5, Abay\tst"]
    assert table.complaints == []


def test_the_line_that_excel_writes_for_its_separator_is_no_row_but_counts_as_a_line() -> None:
    table = read("sep=;\r\nnumber;name\r\n0012;A\r\n")
    assert [(row.line, row.text("number")) for row in table.rows] == [(3, "0012")]


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "windows-1251"]


@pytest.mark.parametrize("codec", ENCODINGS)
def test_each_encoding_of_the_field_is_recognised(codec: str) -> None:
    table = read(RUSSIAN.encode(codec))
    assert texts(table, "name") == ["Средняя школа № 5", "Дом культуры железнодорожников"]
    assert texts(table, "number") == ["0012", "0013"]


@pytest.mark.parametrize("codec", ["koi8-r", "cp866", "iso8859-5", "mac-cyrillic"])
def test_another_cyrillic_encoding_is_refused_rather_than_guessed(codec: str) -> None:
    table = read(RUSSIAN.encode(codec, errors="replace"))
    assert table.rows == []
    assert [c.code for c in table.complaints] == ["encoding_unsure"]
    assert "UTF-8" in table.complaints[0].message


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("windows-1252", "name\nStraße der Freiheit, Größe, Bürger\nécole élémentaire à Orléans\n"),
        ("windows-1254", "name\nİstanbul ilköğretim okulu, Çağdaş, Şişli\n"),
        ("windows-1250", "name\nzákladní škola Žďár, příští, kůň\n"),
        ("shift-jis", "name\n投票所の名前\n"),
    ],
)
def test_a_text_in_another_script_is_not_taken_for_russian(codec: str, text: str) -> None:
    with pytest.raises(EncodingUnsure):
        decode(text.encode(codec))


def test_an_encoding_named_by_hand_is_obeyed() -> None:
    short = "name\nДом\n".encode("windows-1251")
    assert codes(read(short)) == [(1, "", "encoding_unsure")]
    assert texts(read(short, Reading(fields=("name",), encoding="windows-1251")), "name") == ["Дом"]


def test_bytes_that_are_neither_text_nor_workbook_are_refused() -> None:
    for data in (
        b"\x00\x01\x02\x03\x04",
        b"\xff\xfe\x00",
        bytes(range(256)),
        b"PK\x03\x04 nothing",
        b"\xd0\xcf\x11\xe0",
    ):
        table = read(data)
        assert table.rows == []
        assert len(table.complaints) == 1


def test_kazakh_letters_lost_on_the_way_through_windows_1251_are_named() -> None:
    table = read((RUSSIAN + "0014,Ж?ныс ата к?шесі\n0015,Где школа?\n").encode("windows-1251"))
    assert codes(table) == [(4, "name", "letter_lost")]
    assert texts(table, "number") == ["0012", "0013", "0015"]


def test_blank_rows_and_columns_at_the_end_say_nothing() -> None:
    table = read("number,name,,\n0012,A,,\n,,,\n \n\n0013,B,\xa0,\n,,,\n")
    assert [(row.line, row.text("number")) for row in table.rows] == [(2, "0012"), (6, "0013")]
    assert table.complaints == []


def test_a_line_shifted_by_a_separator_in_an_address_is_refused_whole() -> None:
    table = read("number,name\n0012,Abay st, 5\n0013,B\n")
    assert codes(table) == [(2, "", "row_too_long")]
    assert texts(table, "number") == ["0013"]


def test_a_short_line_has_blanks_where_it_ends() -> None:
    assert texts(read("number,name\n0012\n"), "name") == [""]


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    table = read('number,name\n0012,"two\nlines"\n0013,B\n0014,C,D\n')
    assert [row.line for row in table.rows] == [2, 4]
    assert codes(table) == [(5, "", "row_too_long")]


def test_a_quotation_mark_that_never_closes_is_named_at_its_line() -> None:
    table = read('number,name\n0012,A\n0013,"B\n0014,C\n')
    assert codes(table) == [(3, "", "quotes_wrong")]
    assert table.rows == []


def test_a_header_that_stands_twice_is_refused_only_where_it_is_read() -> None:
    assert codes(read("number,name,name\n1,A,B\n")) == [(1, "name", "header_repeated")]
    assert codes(read("number,name,note,note\n1,A,B,C\n")) == []


def test_headers_match_whatever_their_case_and_blanks() -> None:
    assert texts(read("\ufeff Number , NAME\n0012,A\n".encode()), "number") == ["0012"]


def test_a_mapped_header_stands_for_its_field() -> None:
    reading = Reading(fields=("code", "number", "name"), columns={"number": "division_id", "name": ""})
    table = read("division_id,name\n00.01.01,A\n", reading)
    assert (texts(table, "number"), texts(table, "name")) == (["00.01.01"], [""])
    assert table.headers == {"number": "division_id"}


def test_a_mapped_header_that_is_missing_is_named_with_its_nearest_neighbour() -> None:
    table = read("division_id,name\n1,A\n", Reading(fields=("number",), columns={"number": "divison_id"}))
    assert codes(table) == [(1, "divison_id", "header_missing")]
    assert 'Did you mean "division_id"?' in table.complaints[0].message


def test_an_unknown_field_is_named_with_those_that_exist() -> None:
    table = read("a\n1\n", Reading(fields=("number", "name"), columns={"numbre": "a"}))
    assert codes(table) == [(1, "", "field_unknown")]
    assert "number, name" in table.complaints[0].message


def test_a_list_without_a_column_that_it_needs_says_what_it_has() -> None:
    reading = Reading(fields=("code", "number"), required=(("code", "number"),))
    table = read("id,title\n1,A\n", reading)
    assert codes(table) == [(1, "", "header_missing")]
    assert table.complaints[0].message == (
        'No column for code or number. The file has "id", "title". Rename a column, or name it with --map code=HEADER.'
    )


def test_a_text_column_may_come_once_a_language() -> None:
    reading = Reading(fields=("code", "name"), per_language=frozenset({"name"}))
    table = read("code,name,name_kk,name_ru,name_of_chair\nc1,Abden,Әбден,Абден,X\n", reading)
    assert {name: cell.text for name, cell in table.rows[0].cells.items()} == {
        "code": "c1", "name": "Abden", "name_kk": "Әбден", "name_ru": "Абден",
    }  # fmt: skip


def test_an_empty_file_says_so() -> None:
    for data in (b"", b"\n\n", b"\xef\xbb\xbf", b",,,\n", workbook([])):
        assert codes(read(data)) == [(1, "", "file_empty")]


def test_a_character_that_nobody_sees_is_refused_by_cell() -> None:
    table = read("number,name\n0012,A\x00B\n0013,B\n")
    assert codes(read(b"number,name\n0012,A\x01B\n0013,B\n")) == [(2, "name", "control_character")]
    assert table.complaints


def test_a_cell_that_looks_like_a_formula_is_a_text() -> None:
    formula = '=HYPERLINK("http://x")'
    assert texts(read(workbook(["number", "name"], ["0012", formula])), "name") == [formula]
    assert texts(read('number,name\n0012,"=1+1"\n0013,@SUM\n'), "name") == ["=1+1", "@SUM"]


def test_a_workbook_keeps_text_and_turns_numbers_into_plain_digits() -> None:
    table = read(workbook(["number", "name"], ["0012", 5.0], [], ["0013", 41.25]))
    assert texts(table, "number") == ["0012", "0013"]
    assert texts(table, "name") == ["5", "41.25"]
    assert [row.line for row in table.rows] == [2, 4]


def test_a_number_that_lost_its_zeros_is_named_with_the_text_to_type() -> None:
    table = read(workbook(["number", "name"], ["0012", "A"], [145, "B"], [1450, "C"]))
    assert codes(table) == [(3, "number", "zeros_lost")]
    assert 'type "0145"' in table.complaints[0].message
    assert texts(table, "number") == ["0012", "1450"]


def test_a_column_of_numbers_of_different_lengths_is_a_note_and_no_fault() -> None:
    table = read(workbook(["number", "name"], [9, "A"], [145, "B"]))
    assert (texts(table, "number"), table.complaints) == (["9", "145"], [])
    assert [note.code for note in table.notes] == ["zeros_maybe_lost"]


def test_a_code_that_the_spreadsheet_took_for_a_date_is_named() -> None:
    table = read(workbook(["number", "name"], [date(2022, 11, 10), "A"], [time(7, 30), "B"], [1e17, "C"]))
    assert codes(table) == [
        (2, "number", "became_a_date"), (3, "number", "became_a_date"), (4, "number", "digits_lost"),
    ]  # fmt: skip


def test_a_workbook_with_several_filled_sheets_asks_which_one() -> None:
    data = workbook(["number"], ["1"], sheets=("North", "South"))
    assert codes(read(data)) == [(1, "", "sheet_unreadable")]
    assert '"North", "South"' in read(data).complaints[0].message
    assert texts(read(data, Reading(fields=("number",), sheet="South")), "number") == ["1"]
    assert codes(read(data, Reading(fields=("number",), sheet="East"))) == [(1, "", "sheet_unreadable")]


def test_a_complaint_reads_as_a_sentence_with_its_place() -> None:
    assert str(Complaint(17, "lat", "x", "No.")) == 'line 17, column "lat": No.'
    assert str(Complaint(17, "", "x", "No.")) == "line 17: No."


CELL = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=12)
LINES = st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8)


def write_csv(rows: list[tuple[str, str]], separator: str, line_end: str) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=separator, lineterminator=line_end).writerows([("number", "name"), *rows])
    return stream.getvalue()


@given(LINES, st.sampled_from([",", ";", "\t"]), st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(ENCODINGS[:5]))
def test_whatever_a_clerk_writes_comes_back_to_the_letter(
    rows: list[tuple[str, str]], separator: str, line_end: str, codec: str
) -> None:
    table = read(write_csv(rows, separator, line_end).encode(codec))
    assert table.complaints == []
    assert [(row.text("number"), row.text("name")) for row in table.rows] == [row for row in rows if any(row)]


@given(LINES)
def test_a_workbook_of_texts_comes_back_to_the_letter(rows: list[tuple[str, str]]) -> None:
    table = read(workbook(["number", "name"], *[list(row) for row in rows]))
    assert table.complaints == []
    assert [(row.text("number"), row.text("name")) for row in table.rows] == [row for row in rows if any(row)]


WORDS = st.lists(
    st.sampled_from(["школа", "средняя", "дом", "культуры", "УЧАСТОК", "район", "Абая", "село", "№", "улица"]),
    min_size=1,
    max_size=20,
)


@given(WORDS, st.sampled_from(["windows-1251", "koi8-r", "cp866", "iso8859-5"]))
def test_a_russian_text_is_read_right_or_refused_but_never_garbled(words: list[str], codec: str) -> None:
    text = "number,name\n" + "\n".join(f"1,{word}" for word in words)
    data = text.encode(codec, errors="replace")
    with contextlib.suppress(EncodingUnsure):
        assert decode(data)[0] == data.decode(codec)


@given(st.binary(max_size=200))
def test_no_bytes_at_all_break_the_reader(data: bytes) -> None:
    table = read(data)
    assert all(complaint.line >= 1 and complaint.message for complaint in table.complaints)


@given(st.text(max_size=60))
def test_no_text_at_all_breaks_the_reader(text: str) -> None:
    table = read("number,name\n" + text.encode("utf-8", "ignore").decode())
    assert all(complaint.line >= 1 and complaint.message for complaint in table.complaints)
