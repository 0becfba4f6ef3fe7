"""Texts as small integers, both ways. Only ever grows, so that a reader needs no lock."""


class Names:
    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._texts: list[str] = []

    def number(self, text: str) -> int:
        """The number of a text, a new one for a new text."""
        found = self._numbers.get(text)
        if found is None:
            self._texts.append(text)
            found = self._numbers[text] = len(self._texts) - 1
        return found

    def number_or_none(self, text: str | None) -> int | None:
        return None if text is None else self.number(text)

    def known(self, texts: tuple[str, ...]) -> list[int]:
        """The numbers of those texts that have one."""
        return [self._numbers[text] for text in texts if text in self._numbers]

    def text(self, number: int | None) -> str | None:
        return None if number is None else self._texts[number]
