"""Names as they stand in addresses."""

import re
import unicodedata

LONGEST = 63
RESERVED = frozenset({"account", "admin", "api", "invitations", "new", "settings", "static", "teams"})


class Refused(Exception):
    """What is asked for cannot be; the message says why, in words for a person."""


def slug_of(name: str, of: str) -> str:
    """The name in small letters, digits and hyphens, for the address of a team or project (`of`).

    Raises `Refused` where nothing is left, and for words that are addresses of this server's own.
    """
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST].strip("-")
    if not slug:
        raise Refused(f"A name needs a letter from a to z or a digit, for the {of}'s address.")
    if slug in RESERVED:
        raise Refused(f"`{slug}` is an address of this server's own. Take another name.")
    return slug
