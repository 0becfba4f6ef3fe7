"""What the demo mission tells its observers of the law of 2022: in short, by article, as ../shared/domain.md has it."""

from typing import Any

SOURCE = {
    "en": "In short; the wording is in Article {0} of the Constitutional Law on Elections.",
    "ru": "Кратко; текст — в статье {0} Конституционного закона о выборах.",
    "kk": "Қысқаша; мәтіні — «Сайлау туралы» Конституциялық заңның {0}-бабында.",
}
ARTICLES: list[tuple[int, dict[str, str], dict[str, str]]] = [
    (
        20,
        {
            "en": "What citizen observers may do",
            "ru": "Что могут наблюдатели от граждан",
            "kk": "Азаматтық байқаушылар не істей алады",
        },
        {
            "en": "Take photos, sound and video without interfering; ride with the mobile box; watch unused ballots "
            "being cancelled; appeal.",
            "ru": "Вести фото-, аудио- и видеозапись, не мешая; сопровождать переносной ящик; видеть погашение "
            "неиспользованных бюллетеней; обжаловать.",
            "kk": "Кедергі келтірмей фото, аудио және бейне түсіру; алып жүретін жәшікпен бірге бару; пайдаланылмаған "
            "бюллетеньдердің жойылуын көру; шағымдану.",
        },
    ),
    (
        39,
        {"en": "Being sent away", "ru": "Удаление наблюдателя", "kk": "Байқаушыны шығару"},
        {
            "en": "Only by a written decision of the commission that gives its reasons.",
            "ru": "Только по письменному мотивированному решению комиссии.",
            "kk": "Комиссияның жазбаша дәлелді шешімімен ғана.",
        },
    ),
    (
        41,
        {"en": "Voting", "ru": "Голосование", "kk": "Дауыс беру"},
        {
            "en": "In person, with a document. The voter signs the list; who issues the ballot signs list and ballot. "
            "The chair and the secretary issue none.",
            "ru": "Лично, по документу. Избиратель расписывается в списке; выдавший бюллетень — в списке и на "
            "бюллетене. Председатель и секретарь бюллетеней не выдают.",
            "kk": "Жеке өзі, құжатпен. Сайлаушы тізімге қол қояды; бюллетень берген мүше тізімге де, бюллетеньге де "
            "қол қояды. Төраға мен хатшы бюллетень бермейді.",
        },
    ),
    (
        43,
        {"en": "The count", "ru": "Подсчёт голосов", "kk": "Дауыс санау"},
        {
            "en": "Begins at 20:00, goes on without a break, at most 12 hours. Each ballot is shown and its choice "
            "announced.",
            "ru": "Начинается в 20:00, идёт без перерыва, не дольше 12 часов. Каждый бюллетень показывают и оглашают "
            "выбор.",
            "kk": "20:00-де басталады, үзіліссіз жүреді, 12 сағаттан аспайды. Әр бюллетень көрсетіліп, таңдау "
            "жарияланады.",
        },
    ),
]


def pages() -> list[dict[str, Any]]:
    """The setting `guide`."""
    return [
        {
            "title": title,
            "text": {language: f"{text[language]}\n{SOURCE[language].format(article)}" for language in text},
        }
        for article, title, text in ARTICLES
    ]
