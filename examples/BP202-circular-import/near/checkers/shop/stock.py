"""What is there."""

from shop.orders import place


class Article:
    name = "kettle"

    def order(self) -> bool:
        return place(self)
