"""What a statement would say of a row: with its n, in whole per cents from the counts, below 30 without any. Pure.

Rounded per cents stand as they are and are never made to add up to a hundred.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from app.results.statistics import SMALL_N, whole_per_cent
from app.results.tables.shape import Part, Row
from app.results.tables.texts import HEADS, LANGUAGES, STATES, Text, said

NOUNS: Mapping[str, Text] = {
    "opening": ("openings observed", "открытия участка", "Учаскенің ашылуы"),
    "voting": ("observations of voting", "голосования", "Дауыс беру"),
    "counting": ("counts observed", "подсчета голосов", "Дауыс санау"),
    "tabulation": ("tabulations observed", "сведения итогов", "Қорытындыларды жинақтау"),
}
OTHER: Text = ("observations", "процесса", "Үдеріс")
SENTENCES: Mapping[str, tuple[str, str, Text]] = {
    "assessed": ("negative", "observed", (
        "In {k} of {n} {noun}{share} the process was assessed negatively.",
        "Процесс оценен отрицательно в {k} {case} наблюдения {noun} из {n}{share}.",
        "{noun} бақыланған {n} жағдайдың ішінде {k} жағдайда{share} үдеріс теріс бағаланды.",
    )),
    "item": ("negative", "observed", (
        "“{label}”: answered negatively in {k} of {n} observations{share}.",
        "«{label}»: отрицательный ответ в {k} {case} из {n}{share}.",
        "«{label}»: {n} бақылаудың ішінде {k} жағдайда{share} теріс жауап берілді.",
    )),
    "split": ("negative", "observed", (
        "{dimension} {value}: negative in {k} of {n} observations{share}.",
        "{dimension} {value}: отрицательно в {k} {case} из {n}{share}.",
        "{dimension} {value}: {n} бақылаудың ішінде {k} жағдайда{share} теріс.",
    )),
    "crossed": ("negative_negative", "observed_negative", (
        "“{label}”: answered negatively in {k} of {n} visits assessed negatively{share}.",
        "«{label}»: отрицательный ответ в {k} {case} из {n} при отрицательной общей оценке{share}.",
        "«{label}»: жалпы баға теріс болған {n} барудың ішінде {k} жағдайда{share} теріс жауап берілді.",
    )),
    "irregular": ("instances", "observed", (
        "“{label}”: reported in {k} of {n} observations{share}, from {stations} polling {station_word}.",
        "«{label}»: отмечено в {k} {case} из {n}{share}, избирательных участков: {stations}.",
        "«{label}»: {n} бақылаудың ішінде {k} жағдайда{share} байқалды, сайлау учаскелерінің саны: {stations}.",
    )),
    "check": ("fail", "computed", (
        "{check}: in {k} of {n} protocols that could be checked{share} the figures did not add up.",
        "{check}: показатели не сошлись в {k} {case} из {n} протоколов, которые можно проверить{share}.",
        "{check}: тексеруге болатын {n} хаттаманың ішінде {k} жағдайда{share} көрсеткіштер сәйкес келмеді.",
    )),
    "copy": ("fail", "computed", (
        "{figure}: the figure entered differed from the protocol in {k} of {n} comparisons{share}.",
        "{figure}: введенный показатель отличался от протокола в {k} {case} из {n}{share}.",
        "{figure}: {n} салыстырудың ішінде {k} жағдайда{share} енгізілген көрсеткіш хаттамадан өзгеше болды.",
    )),
    "coverage": ("received", "expected", (
        "{name}: reports came from {k} of {n} places expected{share}.",
        "{name}: ожидались отчеты с {n} мест, получено: {k}{share}.",
        "{name}: есеп күтілген {n} орынның ішінен {k} орыннан{share} келді.",
    )),
    "present": ("count", "observed", (
        "“{label}”: in {k} of {n} observations{share}.",
        "«{label}»: в {k} {case} из {n}{share}.",
        "«{label}»: {n} бақылаудың ішінде {k} жағдайда{share}.",
    )),
    "women": ("women", "all", (
        "{group}: {k} of {n} were women{share}.",
        "{group}: женщин {k} из {n}{share}.",
        "{group}: {n} адамның ішінде әйелдер саны {k}{share}.",
    )),
    "turnout": ("voted", "listed", (
        "At stations visited from {hour}:00 {k} of {n} voters listed had voted{share}: no estimate of turnout.",
        "На участках, посещенных с {hour}:00, проголосовало {k} из {n} в списках{share}: это не оценка явки.",
        "Сағат {hour}:00-ден барылған учаскелерде тізімдегі {n} адамның {k} дауыс берген{share}: келу бағасы емес.",
    )),
    "quality": ("missing", "asked", (
        "Team {team}: {k} of {n} answers were left empty{share}.",
        "Группа {team}: пустых ответов {k} из {n}{share}.",
        "{team}-топ: {n} жауаптың ішінде {k} бос қалды{share}.",
    )),
    "left_empty": ("missing", "asked", (
        "“{label}”: left empty in {k} of {n} visits{share}.",
        "«{label}»: пусто в {k} {case} из {n}{share}.",
        "«{label}»: {n} барудың ішінде {k} жағдайда{share} бос қалды.",
    )),
}  # fmt: skip
"""Name -> the column of k, that of n, and the sentence."""
TOLD_AT_NOUGHT = ("assessed", "coverage", "check")
"""Sentences that a statement makes of none too."""
PLAIN: Mapping[str, Text] = {
    "fail": (
        "{check}, {place}: {message}",
        "{check}, {place}: {message}",
        "{check}, {place}: {message}",
    ),
    "silent": (
        "Team {team}: no contact since {last_contact_at}.",
        "Группа {team}: нет связи с {last_contact_at}.",
        "{team}-топ: байланыс жоқ: {last_contact_at}.",
    ),
    "lag": (
        "{form}: of {n} reports half came in within {lag_median_min} minutes, 90 in 100 within {lag_p90_min}.",
        "{form}: из {n} отчетов половина получена за {lag_median_min} мин после посещения, 90 из 100 за {lag_p90_min}.",
        "{form}: {n} есептің жартысы барудан кейін {lag_median_min} минутта, 100-ден 90-ы {lag_p90_min} минутта келді.",
    ),
    "incidents": (
        "Incidents, {named}: {incidents}.",
        "Инциденты, {named}: {incidents}.",
        "Оқиғалар, {named}: {incidents}.",
    ),
}
COUNTED: Text = ("{rows} rows.", "Строк: {rows}.", "Жолдар саны: {rows}.")
NOTHING: Text = ("Nothing was observed.", "Ничего не наблюдалось.", "Ештеңе бақыланбады.")


def sentences(part: Part, lang: str) -> list[str]:
    """A sentence for each row with something to say; one that says so where there is none."""
    place = LANGUAGES.index(lang) if lang in LANGUAGES else 0
    if part.sentence in SENTENCES:
        found = list(_shares(part, place))
    elif part.sentence in PLAIN:
        found = [
            PLAIN[part.sentence][place].format(**_cells(row), **_state(row, place))
            for row in part.rows
            if row.get("n") != 0
        ]
    else:
        return [COUNTED[place].format(rows=len(part.rows))]
    return found or [NOTHING[place]]


def _shares(part: Part, place: int) -> Iterator[str]:
    count, observed, texts = SENTENCES[part.sentence]
    for row in part.rows:
        k, n = row[count], row[observed]
        if k is None or not n or (not k and part.sentence not in TOLD_AT_NOUGHT):
            continue
        yield texts[place].format(**{**_cells(row), **_words(part, row, k, n, place)})


def _state(row: Row, place: int) -> dict[str, str]:
    return {"named": said(STATES, str(row.get("state")), LANGUAGES[place])}


def _words(part: Part, row: Row, k: int, n: int, place: int) -> dict[str, Any]:
    return {
        "name": row.get(part.dimensions[0]) or "-",
        "dimension": said(HEADS, str(row.get("dimension")), LANGUAGES[place]),
        "k": k,
        "n": n,
        "share": share(k, n, place),
        "case": "случае" if _ends_in_one(k) else "случаях",
        "noun": NOUNS.get(str(row.get("stage")), OTHER)[place],
        "station_word": "station" if row.get("stations") == 1 else "stations",
    }


def share(k: int, n: int, place: int) -> str:
    """` (58 per cent)`; nothing where n is small, for a percentage of few says more than is known."""
    if n < SMALL_N:
        return ""
    whole = whole_per_cent(k, n)
    return f" ({whole} {('per cent', _russian(whole), 'пайыз')[place]})"


def _russian(number: int) -> str:
    if _ends_in_one(number):
        return "процент"
    few = number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14)
    return "процента" if few else "процентов"


def _ends_in_one(number: int) -> bool:
    return number % 10 == 1 and number % 100 != 11


def _cells(row: Row) -> dict[str, Any]:
    """What a sentence may name; its own words come beside."""
    return {
        name: "-" if value is None else f"{value:.0f}" if isinstance(value, float) else value
        for name, value in row.items()
    }
