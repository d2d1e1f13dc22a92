"""What is there."""

import shop.orders

COUNT = {"kettle": 3}


def reserve(article: str) -> bool:
    return COUNT.get(article, 0) > shop.orders.waiting(article)


def reorder(article: str) -> bool:
    COUNT[article] = COUNT.get(article, 0) + 1
    return shop.orders.place(article)
