"""The frame of the presidential election of 20 November 2022 in Kazakhstan, drawn with a fixed seed. Pure.

Published, and kept exactly: 10,101 stations, 68 of them abroad in 53 countries, 11,953,465 voters on the lists, 86
stations that opened at 06:00, 20 regions, 239 territorial commissions, six candidates and "against all" (the election
commission, as reported by its news agency in November 2022). Everything about a single station is simulated, and the
mission's name and each address say so.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import count
from math import cos, radians
from typing import Any

from app.demo.chance import Dice, apportioned, dice_of
from app.demo.places import ABROAD, ABROAD_ZONES, building, latin
from app.demo.regions import CAPITAL, CENTRES, REGIONS, WHOLE_CITIES, Area, RegionFacts

MISSION = "DEMO"
NAME = "Kazakhstan, 20 November 2022 (simulated)"
DAY = "2022-11-20"
ZONE = "Asia/Almaty"
LANGUAGES = ("en", "ru", "kk")
SETTINGS = {"opens_at": "07:00", "closes_at": "20:00", "issued": "total", "visit_min": 30}
SIMULATED = "simulated"

STATIONS, STATIONS_ABROAD, VOTERS, OPEN_EARLY = 10_101, 68, 11_953_465, 86
VOTERS_ABROAD = 12_400
VOTERS_MAX = 3_000
SPECIALS = {"hospital": 200, "military": 60, "detention": 45, "sanatorium": 55, "remote": 60}
SPECIAL_SIZES = {"hospital": 130, "military": 420, "detention": 210, "sanatorium": 140, "remote": 45}
TOWN_SIZE, VILLAGE_SIZE = 1800, 520

Line = dict[str, Any]
"""One line of a list, by the names of its columns."""

CANDIDATES: tuple[Line, ...] = (
    {"code": "c1", "name_en": "Karakat Abden", "name_ru": "Каракат Абден", "name_kk": "Қарақат Әбден"},
    {"code": "c2", "name_en": "Nurlan Auesbayev", "name_ru": "Нурлан Ауесбаев", "name_kk": "Нұрлан Әуесбаев"},
    {"code": "c3", "name_en": "Zhiguli Dairabayev", "name_ru": "Жигули Дайрабаев", "name_kk": "Жигули Дайрабаев"},
    {"code": "c4", "name_en": "Meiram Kazhyken", "name_ru": "Мейрам Кажыкен", "name_kk": "Мейрам Қажыкен"},
    {
        "code": "c5",
        "name_en": "Kassym-Jomart Tokayev",
        "name_ru": "Касым-Жомарт Токаев",
        "name_kk": "Қасым-Жомарт Тоқаев",
    },
    {
        "code": "c6",
        "name_en": "Saltanat Tursynbekova",
        "name_ru": "Салтанат Турсынбекова",
        "name_kk": "Салтанат Тұрсынбекова",
    },
)
"""In the order of the ballot: by surname, by the Kazakh alphabet. "Against all" is another line of the protocol."""
VOTES = {"c1": 206_206, "c2": 176_116, "c3": 271_641, "c4": 200_907, "c5": 6_456_392, "c6": 168_731}
AGAINST_ALL = 460_484


def regions() -> list[Line]:
    """The twenty regions."""
    return [{"code": r.code, "name_en": r.en, "name_ru": r.ru, "name_kk": r.kk, "zone": r.zone} for r in REGIONS]


def commissions() -> list[Line]:
    """One territorial commission a region, and one for each of its districts and cities: 239."""
    return [line for region in REGIONS for line in _commissions_of(region)]


def _commissions_of(region: RegionFacts) -> Iterator[Line]:
    yield {
        "code": commission_code(region, 0),
        "region": region.code,
        "name_en": f"Territorial commission: {region.en}",
        "name_ru": f"Территориальная избирательная комиссия: {region.ru}",
        "name_kk": f"Аумақтық сайлау комиссиясы: {region.kk}",
    }
    for number, area in enumerate(region.areas, start=1):
        yield {
            "code": commission_code(region, number),
            "region": region.code,
            "name_en": f"Territorial commission: {latin(area.ru)} {'city' if area.city else 'district'}",
            "name_ru": f"Территориальная избирательная комиссия: {_district(area, 'ru')}",
            "name_kk": f"Аумақтық сайлау комиссиясы: {_district(area, 'kk')}",
        }


def commission_code(region: RegionFacts, number: int) -> str:
    """0 is the region's own."""
    return f"{region.code}-T{number:02}"


def _district(area: Area, language: str) -> str:
    if language == "ru":
        return f"город {area.ru}" if area.city else f"район {area.ru}"
    return f"{area.kk} қаласы" if area.city else f"{area.kk} ауданы"


@cache
def stations() -> tuple[Line, ...]:
    """All 10,101 stations, region by region, numbered anew in each. Those abroad belong to the capital."""
    voters = apportioned(VOTERS - VOTERS_ABROAD, [region.voters for region in REGIONS])
    specials = _specials_by_region()
    early = _open_early()
    lines: list[Line] = []
    for region, total in zip(REGIONS, voters, strict=True):
        here = _stations_of(region, total, specials[region.code])
        here += _stations_abroad() if region.code == CAPITAL else []
        lines += [{**line, "number": f"{number:04}"} for number, line in enumerate(here, start=1)]
    special = count()
    return tuple({**line, "opens_at": _opens_at(line, special, early)} for line in lines)


def _specials_by_region() -> dict[str, list[str]]:
    """The kinds of each region's special stations."""
    by_region: dict[str, list[str]] = {region.code: [] for region in REGIONS}
    weights = [region.stations for region in REGIONS]
    for kind, total in SPECIALS.items():
        for region, number in zip(REGIONS, apportioned(total, weights), strict=True):
            by_region[region.code] += [kind] * number
    return by_region


def _open_early() -> frozenset[int]:
    """Which of the special stations opened an hour before the others."""
    return frozenset(dice_of("early").sample(range(sum(SPECIALS.values())), OPEN_EARLY))


def _opens_at(line: Line, special: "count[int]", early: frozenset[int]) -> str:
    is_special = line["type"] in SPECIALS
    return "06:00" if is_special and next(special) in early else "07:00"


def _stations_of(region: RegionFacts, voters: int, specials: list[str]) -> list[Line]:
    dice = dice_of("stations", region.code)
    areas = _areas_of_stations(region, dice)
    kinds = [*specials, *["ordinary"] * (region.stations - len(specials))]
    dice.shuffle(kinds)
    weights = [_size(dice, kind, _is_urban(region, number)) for kind, number in zip(kinds, areas, strict=True)]
    sizes = capped(voters, weights, _caps(dice, len(weights)))
    return [_station(region, *drawn) for drawn in zip(areas, kinds, sizes, strict=True)]


def _areas_of_stations(region: RegionFacts, dice: Dice) -> list[int]:
    """The number (from 1) of each station's district; every district has some."""
    weights = [
        _weight(area, dice) / (TOWN_SIZE * 0.7 if _urban(region, area) else VILLAGE_SIZE) for area in region.areas
    ]
    spread = apportioned(region.stations - 2 * len(weights), weights)
    return [number for number, stations in enumerate(spread, start=1) for _ in range(stations + 2)]


def _weight(area: Area, dice: Dice) -> float:
    return (CENTRES.get(area.ru, 1.3) if area.city else 1.0) * dice.uniform(0.6, 1.5)


def _urban(region: RegionFacts, area: Area) -> bool:
    return area.city or region.code in WHOLE_CITIES


def _is_urban(region: RegionFacts, number: int) -> bool:
    return _urban(region, region.areas[number - 1])


def _size(dice: Dice, kind: str, urban: bool) -> float:
    if kind in SPECIAL_SIZES:
        return SPECIAL_SIZES[kind] * dice.uniform(0.5, 1.6)
    typical, spread = (TOWN_SIZE, 0.3) if urban else (VILLAGE_SIZE, 0.75)
    return typical * min(max(dice.lognormvariate(0, spread), 0.06), 4)


def capped(total: int, weights: Sequence[float], caps: Sequence[int]) -> list[int]:
    """Whole numbers in the ratio of the weights that sum to `total`, none above its cap; others take what is cut.

    Raises ValueError where they cannot hold the total.
    """
    if total > sum(caps):
        raise ValueError("the stations cannot hold so many voters")
    full: set[int] = set()
    while True:
        rest = [0.0 if i in full else weight for i, weight in enumerate(weights)]
        left = total - sum(caps[i] for i in full)
        parts = apportioned(left, rest) if any(rest) else [0] * len(weights)
        over = {i for i, part in enumerate(parts) if part > caps[i]}
        if not over:
            return [caps[i] if i in full else part for i, part in enumerate(parts)]
        full |= over


def _caps(dice: Dice, stations: int) -> list[int]:
    """How many voters each can hold: authorities split a station before the legal limit, some earlier than others."""
    return [VOTERS_MAX - round(dice.triangular(0, 800, 60)) for _ in range(stations)]


def _station(region: RegionFacts, number: int, kind: str, voters: int) -> Line:
    area = region.areas[number - 1]
    dice = dice_of("station", region.code, number, kind, voters)
    urban = _urban(region, area)
    name, address = building(dice, kind, urban)
    lat, lon = _position(region, number, dice, urban)
    return {
        "name": name,
        "address": f"{address} ({SIMULATED})",
        "region": region.code,
        "district": f"{_district(area, 'kk')} / {_district(area, 'ru')}",
        "commission": commission_code(region, number),
        "settlement": "urban" if urban and kind != "remote" else "rural",
        "type": kind,
        "voters": voters,
        "lat": lat,
        "lon": lon,
        "zone": region.zone,
        "closes_at": "20:00",
    }


def _position(region: RegionFacts, number: int, dice: Dice, urban: bool) -> tuple[float, float]:
    """Around the middle of the district, which lies somewhere around the middle of the region."""
    where = dice_of("district", region.code, number)
    far = 0.0 if region.areas[number - 1].city and number == 1 else region.spread_km * where.uniform(0.3, 1)
    turn = where.uniform(0, 360)
    north, east = far * cos(radians(turn)), far * cos(radians(turn - 90))
    local_km = 3.0 if urban else 22.0
    lat = region.lat + (north + dice.gauss(0, local_km)) / 111.2
    lon = region.lon + (east + dice.gauss(0, local_km)) / (111.2 * cos(radians(region.lat)))
    return round(lat, 4), round(lon, 4)


def _stations_abroad() -> list[Line]:
    places = [(city, ABROAD_ZONES.get(city, zone)) for zone, cities in ABROAD.items() for city in cities.split(", ")]
    dice = dice_of("abroad")
    sizes = capped(VOTERS_ABROAD, [dice.lognormvariate(0, 0.8) for _ in places], _caps(dice, len(places)))
    [capital] = [region for region in REGIONS if region.code == CAPITAL]
    commission = commission_code(capital, 1 + [area.ru for area in capital.areas].index("Есиль"))
    return [
        {
            "name": f"Қазақстан Республикасының өкілдігі, {city} / Представительство Республики Казахстан, {city}",
            "address": f"{city} ({SIMULATED})",
            "region": CAPITAL,
            "district": "Шетелде / За рубежом",
            "commission": commission,
            "settlement": "urban",
            "type": "abroad",
            "voters": voters,
            "lat": None,
            "lon": None,
            "zone": zone,
            "closes_at": "20:00",
        }
        for (city, zone), voters in zip(places, sizes, strict=True)
    ]


def station_code(line: Line) -> str:
    """As `--code region,number` makes it."""
    return f"{line['region']}-{line['number']}"
