"""What was ordered."""

import shop.stock

OPEN: list[str] = []


def place(article: str) -> bool:
    """Order an article if there is one."""
    if not shop.stock.reserve(article):
        return False
    OPEN.append(article)
    return True


def waiting(article: str) -> int:
    return OPEN.count(article)
