"""Labels. They were written with f"{item["name"]}" in mind."""

PRICES = {"tea": {"price": 2, "sizes": ["small", "large"]}}


def label(name: str) -> str:
    item = PRICES.get(name, {"price": 0, "sizes": []})
    return f"{name}: {item["price"]:>4} EUR ({", ".join(item["sizes"])})"


def line(names: list[str]) -> str:
    return f"{len(names)} of {'all' if names else "none"}"
