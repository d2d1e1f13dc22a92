"""What was ordered."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shop.stock import Article


def place(article: "Article | str") -> bool:
    return bool(article)
