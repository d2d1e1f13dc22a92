"""What was ordered."""


OPEN: list[str] = []


def place(article: str) -> bool:
    """Order an article if there is one."""
    from shop.stock import reserve

    if not reserve(article):
        return False
    OPEN.append(article)
    return True


def waiting(article: str) -> int:
    return OPEN.count(article)
