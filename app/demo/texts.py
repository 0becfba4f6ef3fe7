"""What observers of the demo write, in the language of their team. Made up."""

from app.demo.chance import Dice

COMMENTS: dict[str, dict[str, tuple[str, ...]]] = {
    "good": {
        "en": ("Calm and orderly, the commission answered every question.", "Well organised, no queue."),
        "ru": ("Спокойно, комиссия отвечала на все вопросы.", "Хорошая организация, очереди нет."),
        "kk": ("Тыныш өтті, комиссия барлық сұраққа жауап берді.", "Жақсы ұйымдастырылған, кезек жоқ."),
    },
    "steps": {
        "en": ("Four steps at the entrance, no ramp.", "The ramp is too steep to be used alone."),
        "ru": ("У входа четыре ступени, пандуса нет.", "Пандус слишком крутой."),
        "kk": ("Кіреберісте төрт баспалдақ бар, пандус жоқ.", "Пандус тым тік."),
    },
    "crowded": {
        "en": ("Two stations share one hall, voters mixed up the desks.",),
        "ru": ("В одном зале два участка, избиратели путали столы.",),
        "kk": ("Бір залда екі учаске, сайлаушылар үстелдерді шатастырды.",),
    },
    "group": {
        "en": ("Couples entered the booth together and nobody objected.",),
        "ru": ("Супруги заходили в кабину вместе, никто не возражал.",),
        "kk": ("Ерлі-зайыптылар кабинаға бірге кірді, ешкім қарсы болмады.",),
    },
    "signatures": {
        "en": ("On two pages of the list the signatures look as if by one hand.",),
        "ru": ("На двух страницах списка подписи как будто одной рукой.",),
        "kk": ("Тізімнің екі бетіндегі қолтаңбалар бір адамдікі сияқты.",),
    },
    "stuffing": {
        "en": ("A stack of folded ballots lay in the box in one piece.", "We saw a bundle put into the box at once."),
        "ru": ("В ящике лежала пачка сложенных вместе бюллетеней.", "Мы видели, как в ящик опустили пачку."),
        "kk": ("Жәшікте бірге бүктелген бюллетеньдер бумасы жатты.", "Жәшікке бірден бума салынғанын көрдік."),
    },
    "pressure": {
        "en": ("A woman with a list at the door marked who had come.",),
        "ru": ("У входа женщина со списком отмечала пришедших.",),
        "kk": ("Кіреберісте тізімі бар әйел келгендерді белгілеп тұрды.",),
    },
    "tension": {
        "en": ("A loud dispute between an observer and the chairperson; police came in.",),
        "ru": ("Громкий спор наблюдателя с председателем, вошла полиция.",),
        "kk": ("Байқаушы мен төраға қатты дауласты, полиция кірді.",),
    },
    "access": {
        "en": (
            "We were told to stay behind a rope, eight metres away.",
            "The chair asked us to leave after ten minutes.",
        ),
        "ru": (
            "Нас просили стоять за верёвкой, в восьми метрах.",
            "Председатель попросил нас уйти через десять минут.",
        ),
        "kk": (
            "Бізге сегіз метр қашықтықта арқанның артында тұруды айтты.",
            "Төраға он минуттан кейін кетуімізді сұрады.",
        ),
    },
    "view": {
        "en": (
            "From our place the ballots could not be seen.",
            "The members stood around the table with their backs to us.",
        ),
        "ru": ("С нашего места бюллетени не видны.", "Члены комиссии стояли вокруг стола спиной к нам."),
        "kk": (
            "Біздің орнымыздан бюллетеньдер көрінбейді.",
            "Комиссия мүшелері үстелді айнала, бізге арқасымен тұрды.",
        ),
    },
    "count": {
        "en": (
            "The prescribed order was not kept, ballots were not shown.",
            "Counted in silence, three piles at a time.",
        ),
        "ru": ("Порядок не соблюдался, бюллетени не показывали.", "Считали молча, сразу три стопки."),
        "kk": ("Тәртіп сақталмады, бюллетеньдер көрсетілмеді.", "Үндемей, бірден үш бума санады."),
    },
    "figures": {
        "en": (
            "The figures were changed twice until they balanced.",
            "The protocol was filled in after a telephone call.",
        ),
        "ru": ("Цифры дважды меняли, пока не сошлись.", "Протокол заполнили после телефонного звонка."),
        "kk": ("Сандар сәйкес келгенше екі рет өзгертілді.", "Хаттама телефон қоңырауынан кейін толтырылды."),
    },
    "tabulation": {
        "en": (
            "Protocols were corrected at the counter without a decision.",
            "Members of precinct commissions waited for hours.",
        ),
        "ru": ("Протоколы правили у стойки без решения комиссии.", "Участковые комиссии ждали часами."),
        "kk": ("Хаттамалар комиссия шешімінсіз түзетілді.", "Учаскелік комиссиялар сағаттап күтті."),
    },
    "bad": {
        "en": ("Several steps were left out; see the single answers.",),
        "ru": ("Несколько шагов пропущено, см. ответы.",),
        "kk": ("Бірнеше қадам жасалмады, жауаптарды қараңыз.",),
    },
}
LANGUAGE_SHARES = {"en": 0.45, "ru": 0.4, "kk": 0.15}


def text_of(dice: Dice, topic: str, language: str) -> str:
    """A sentence on the topic."""
    return dice.choice(COMMENTS[topic][language])
