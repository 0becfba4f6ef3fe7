"""What polling stations and their streets are called, in Kazakh and in Russian. Made up, of words that are common."""

from app.demo.chance import Dice

TOWN_BUILDINGS = {
    "№ {n} жалпы білім беретін мектеп / Общеобразовательная школа № {n}": 46,
    "№ {n} мектеп-лицей / Школа-лицей № {n}": 12,
    "№ {n} мектеп-гимназия / Школа-гимназия № {n}": 12,
    "№ {n} балабақша / Детский сад № {n}": 9,
    "Мәдениет үйі / Дом культуры": 5,
    "Политехникалық колледж / Политехнический колледж": 5,
    "Медициналық колледж / Медицинский колледж": 2,
    "Университет, № {s} корпус / Университет, корпус № {s}": 3,
    "Орталық кітапхана / Центральная библиотека": 2,
    "Спорт кешені / Спортивный комплекс": 4,
}
VILLAGE_BUILDINGS = {
    "{v} орта мектебі / Средняя школа, {w}": 52,
    "{v} негізгі мектебі / Основная школа, {w}": 14,
    "Ауылдық клуб, {v} / Сельский клуб, {w}": 14,
    "Мәдениет үйі, {v} / Дом культуры, {w}": 10,
    "Ауылдық кітапхана, {v} / Сельская библиотека, {w}": 4,
    "Ауылдық округ әкімдігі, {v} / Акимат сельского округа, {w}": 4,
    "Фельдшерлік пункт, {v} / Фельдшерский пункт, {w}": 2,
}
SPECIAL_BUILDINGS = {
    "hospital": "Орталық аурухана / Центральная больница",
    "military": "№ {n} әскери бөлім / Воинская часть № {n}",
    "detention": "Тергеу изоляторы / Следственный изолятор",
    "sanatorium": "Шипажай / Санаторий",
    "remote": "Жайлаудағы учаске, {v} / Отгонный участок, {w}",
}
STREETS = (
    ("Абай даңғылы", "проспект Абая"), ("Тәуелсіздік даңғылы", "проспект Независимости"),
    ("Республика даңғылы", "проспект Республики"), ("Сәтбаев көшесі", "улица Сатпаева"),
    ("Әуезов көшесі", "улица Ауэзова"), ("Жамбыл көшесі", "улица Жамбыла"), ("Бейбітшілік көшесі", "улица Мира"),
    ("Желтоқсан көшесі", "улица Желтоксан"), ("Гагарин көшесі", "улица Гагарина"),
    ("Пушкин көшесі", "улица Пушкина"), ("Сейфуллин көшесі", "улица Сейфуллина"),
    ("Қонаев көшесі", "улица Кунаева"), ("Достық көшесі", "улица Достык"), ("Наурыз көшесі", "улица Наурыз"),
    ("Құрманғазы көшесі", "улица Курмангазы"), ("Мұқанов көшесі", "улица Муканова"),
    ("Мектеп көшесі", "улица Школьная"), ("Орталық көше", "улица Центральная"), ("Бірлік көшесі", "улица Бирлик"),
    ("Жастар көшесі", "улица Молодёжная"),
)  # fmt: skip
VILLAGES = (
    ("Ақтоғай", "Актогай"), ("Жаңа жол", "Жанажол"), ("Көктерек", "Коктерек"), ("Қарасу", "Карасу"),
    ("Ақбұлақ", "Акбулак"), ("Талдыбұлақ", "Талдыбулак"), ("Ынтымақ", "Интымак"), ("Бірлік", "Бирлик"),
    ("Жетіген", "Жетыген"), ("Шұбар", "Шубар"), ("Сарыөзек", "Сарыозек"), ("Қызылжар", "Кызылжар"),
    ("Тасөткел", "Тасоткель"), ("Майлыбай", "Майлыбай"), ("Еңбек", "Енбек"), ("Көкбұлақ", "Кокбулак"),
    ("Қарабұлақ", "Карабулак"), ("Ақжар", "Акжар"), ("Жарбұлақ", "Жарбулак"), ("Ұзынбұлақ", "Узынбулак"),
    ("Бесағаш", "Бесагаш"), ("Көлқамыс", "Колькамыс"), ("Шалқар", "Шалкар"), ("Төңкеріс", "Тонкерис"),
    ("Новоселовка", "Новосёловка"), ("Степное", "Степное"), ("Озёрное", "Озёрное"), ("Березовка", "Берёзовка"),
    ("Ивановка", "Ивановка"), ("Аққайың", "Аккайын"), ("Мойынты", "Мойынты"), ("Қоскөл", "Косколь"),
    ("Айнабұлақ", "Айнабулак"), ("Жаңатас", "Жанатас"), ("Сарыағаш", "Сарыагаш"), ("Бөген", "Бугунь"),
)  # fmt: skip
ABROAD = {
    "Europe/Vienna": "Вена", "Asia/Baku": "Баку", "Asia/Yerevan": "Ереван", "Europe/Minsk": "Минск",
    "Europe/Brussels": "Брюссель", "Europe/Sofia": "София", "America/Sao_Paulo": "Бразилиа",
    "Europe/London": "Лондон", "Europe/Budapest": "Будапешт", "Asia/Ho_Chi_Minh": "Ханой",
    "Europe/Berlin": "Берлин, Мюнхен, Франкфурт", "Europe/Athens": "Афины", "Asia/Tbilisi": "Тбилиси",
    "Africa/Cairo": "Каир", "Asia/Jerusalem": "Тель-Авив", "Asia/Kolkata": "Дели", "Asia/Jakarta": "Джакарта",
    "Asia/Tehran": "Тегеран, Горган", "Europe/Madrid": "Мадрид", "Europe/Rome": "Рим",
    "America/Toronto": "Оттава, Торонто", "Asia/Qatar": "Доха", "Asia/Shanghai": "Гонконг, Пекин, Урумчи, Шанхай",
    "Asia/Kuwait": "Эль-Кувейт", "Asia/Bishkek": "Бишкек", "Europe/Riga": "Рига", "Europe/Vilnius": "Вильнюс",
    "Asia/Kuala_Lumpur": "Куала-Лумпур", "Asia/Ulaanbaatar": "Улан-Батор", "Europe/Amsterdam": "Гаага",
    "Europe/Oslo": "Осло", "Asia/Dubai": "Абу-Даби, Дубай", "Asia/Karachi": "Исламабад", "Europe/Warsaw": "Варшава",
    "Asia/Seoul": "Сеул", "Europe/Moscow": "Астрахань, Казань, Москва, Омск, Санкт-Петербург",
    "Europe/Bucharest": "Бухарест", "Asia/Riyadh": "Эр-Рияд", "Europe/Belgrade": "Белград",
    "Asia/Singapore": "Сингапур", "America/New_York": "Вашингтон, Нью-Йорк", "Asia/Dushanbe": "Душанбе",
    "Asia/Bangkok": "Бангкок", "Asia/Ashgabat": "Ашхабад", "Europe/Istanbul": "Анкара, Стамбул",
    "Asia/Tashkent": "Ташкент", "Europe/Helsinki": "Хельсинки", "Europe/Paris": "Париж, Страсбург",
    "Europe/Prague": "Прага", "Europe/Zurich": "Берн", "Europe/Stockholm": "Стокгольм", "Asia/Tokyo": "Токио",
    "Africa/Johannesburg": "Претория",
}  # fmt: skip
"""Zone -> cities with a station: 68 in 53 countries, one zone a country."""
ABROAD_ZONES = {
    "Омск": "Asia/Omsk",
    "Астрахань": "Europe/Astrakhan",
    "Гонконг": "Asia/Hong_Kong",
    "Урумчи": "Asia/Urumqi",
}
"""Where a city's zone is not its country's."""

_PAIRS = "аa бb вv гg дd еe ёyo жzh зz иi йy кk лl мm нn оo пp рr сs тt уu фf хkh цts чch шsh щsch ъ ыy ь эe юyu яya"
_LATIN = {pair[0]: pair[1:] for pair in _PAIRS.split()}


def latin(russian: str) -> str:
    """A name in Latin letters, as English texts write it."""
    letters = [(letter, _LATIN.get(letter.lower(), letter)) for letter in russian]
    return "".join(new.capitalize() if old.isupper() else new for old, new in letters)


def building(dice: Dice, kind: str, urban: bool) -> tuple[str, str]:
    """Name and address of a station's building, each in Kazakh and Russian."""
    kk, ru = dice.choice(VILLAGES)
    street_kk, street_ru = dice.choice(STREETS)
    names = TOWN_BUILDINGS if urban else VILLAGE_BUILDINGS
    name = SPECIAL_BUILDINGS.get(kind) or dice.choices(list(names), list(names.values()))[0]
    filled = name.format(n=dice.randint(1, 90), s=dice.randint(1, 6), v=kk, w=ru)
    house = dice.randint(1, 140 if urban else 40)
    if urban:
        return filled, f"{street_kk}, {house} / {street_ru}, {house}"
    return filled, f"{kk} ауылы, {street_kk}, {house} / село {ru}, {street_ru}, {house}"
