"""Enrolment codes, pure: twelve characters that survive being read aloud in a cold room.

Four find the row (the locator), eight are the secret (40 bits). Crockford's base 32 has no I, L, O, U; what is typed
is folded, so that O is 0 and I is 1.
"""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LOCATOR_CHARACTERS = 4
SECRET_CHARACTERS = 8
FOLD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def new_code() -> str:
    """A fresh code as printed: XXXX-XXXX-XXXX."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LOCATOR_CHARACTERS + SECRET_CHARACTERS))
    return "-".join(letters[i : i + 4] for i in range(0, len(letters), 4))


def split_code(typed: str) -> tuple[str, str] | None:
    """Locator and secret of a code as typed, or None where it cannot be one."""
    if len(typed) > 64:
        return None
    letters = typed.strip().upper().translate(FOLD)
    if len(letters) != LOCATOR_CHARACTERS + SECRET_CHARACTERS or any(letter not in ALPHABET for letter in letters):
        return None
    return letters[:LOCATOR_CHARACTERS], letters[LOCATOR_CHARACTERS:]


def link(public_url: str, code: str) -> str:
    """The address that enrols: the code stands in the fragment, which no server and no log ever sees."""
    return f"{public_url.rstrip('/')}/#c={code}"
