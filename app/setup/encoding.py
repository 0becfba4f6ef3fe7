"""Bytes of a text file -> text, with the encoding named, or an honest refusal. Pure."""

import re
import unicodedata
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE

KNOWN = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "windows-1251")
"""What can be asked for by name; without a name, all but utf-32 are also recognised without a byte order mark."""

_CURE = "Save the file as UTF-8 (in Excel: 'CSV UTF-8'), or name its encoding with --encoding."
_MARKS = (
    (BOM_UTF32_LE, "utf-32"),
    (BOM_UTF32_BE, "utf-32"),
    (BOM_UTF8, "utf-8-sig"),
    (BOM_UTF16_LE, "utf-16"),
    (BOM_UTF16_BE, "utf-16"),
)
SHARE_MIN = 0.5
LEAD_MIN = 0.2
"""Of frequent letters, before every other Cyrillic reading: a list of stations has about 0.65 against 0.25."""
LETTERS_MIN = 12
_RIVALS = ("koi8-r", "cp866", "iso8859-5")
_CYRILLIC = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґў")
_FREQUENT = frozenset("оеаинтсрвл")
_SIGNS = frozenset("\u00a0№«»„“”‘’–—…•·°§±")
_WORD = re.compile(r"[^\W\d_]+")
_LOWER_THEN_UPPER = re.compile(r"[а-яёіїєґў][А-ЯЁІЇЄҐЎ]")


class EncodingUnsure(ValueError):
    """No encoding fits well enough to bet a mission's stations on it. The text says what to do."""


def decode(data: bytes, encoding: str | None = None) -> tuple[str, str]:
    """The text without its byte order mark, and the name of its encoding (one of KNOWN).

    A named encoding is obeyed; otherwise a byte order mark counts, then zero bytes (UTF-16), then UTF-8, then
    Windows-1251 where the letters read as Russian words. Raises EncodingUnsure.
    """
    if encoding is not None:
        return _decode_as(data, encoding.lower())
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return _strict(data, codec), codec.removesuffix("-sig")
    if b"\0" in data:
        return _decode_utf_16_without_mark(data)
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        return _decode_windows_1251(data, line=data.count(b"\n", 0, error.start) + 1)


def _decode_as(data: bytes, encoding: str) -> tuple[str, str]:
    if encoding not in KNOWN:
        raise EncodingUnsure(f"This encoding is not known here. Choose one of {', '.join(KNOWN)}.")
    return _strict(data, encoding).removeprefix("\ufeff"), encoding


def _strict(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise EncodingUnsure(f"The bytes near line {line} are not {codec}; the file may be cut off. {_CURE}") from None


def _decode_utf_16_without_mark(data: bytes) -> tuple[str, str]:
    readings = [(text, codec) for codec in ("utf-16-le", "utf-16-be") if (text := _plausible(data, codec)) is not None]
    if len(readings) != 1:
        raise EncodingUnsure(f"The file holds zero bytes but does not read as UTF-16. {_CURE}")
    return readings[0]


def _plausible(data: bytes, codec: str) -> str | None:
    """The text if it decodes, has a line end or a separator, and nothing that no list holds; else None."""
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        return None
    odd = any(unicodedata.category(c) in ("Cn", "Co", "Cs", "Cc") and c not in "\r\n\t" for c in set(text))
    return text if not odd and any(c in text for c in "\n\r,;\t") else None


def _decode_windows_1251(data: bytes, line: int) -> tuple[str, str]:
    unsure = EncodingUnsure(f"Line {line} is not UTF-8, and the file does not read as Russian text either. {_CURE}")
    try:
        text = data.decode("windows-1251")
    except UnicodeDecodeError:
        raise unsure from None
    ours, rivals = _share_of_frequent(text), max(_rival_share(data, rival) for rival in _RIVALS)
    if not _reads_as_words(text) or ours < SHARE_MIN or ours - rivals < LEAD_MIN:
        raise unsure
    return text, "windows-1251"


def _reads_as_words(text: str) -> bool:
    """No sign that lists do not have; at most 1 word in 20 that mixes alphabets or has a capital after a small."""
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    strange = {c for c in set(text) if ord(c) > 127 and c.lower() not in _CYRILLIC and c not in _SIGNS}
    bad = sum(not _CYRILLIC.issuperset(word.lower()) or bool(_LOWER_THEN_UPPER.search(word)) for word in words)
    return bool(words) and not strange and bad * 20 <= len(words)


def _share_of_frequent(text: str) -> float:
    """How many of the letters beyond ASCII are among the most frequent ones; 0 where there are too few to tell."""
    letters = [c for c in text.lower() if ord(c) > 127 and c.isalpha()]
    return sum(c in _FREQUENT for c in letters) / len(letters) if len(letters) >= LETTERS_MIN else 0.0


def _rival_share(data: bytes, codec: str) -> float:
    return _share_of_frequent(data.decode(codec, errors="ignore"))
