stock = {}


def fill():
    stock.setdefault("sheets", 0)
    stock["sheets"] += 100
