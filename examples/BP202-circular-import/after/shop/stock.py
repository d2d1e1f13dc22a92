"""What is there."""

from shop.orders import place, waiting

COUNT = {"kettle": 3}


def reserve(article: str) -> bool:
    return COUNT.get(article, 0) > waiting(article)


def reorder(article: str) -> bool:
    COUNT[article] = COUNT.get(article, 0) + 1
    return place(article)
