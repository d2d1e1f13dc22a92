"""Where guests are found; its functions are made when they are asked for."""

from collections.abc import Callable


def __getattr__(name: str) -> Callable[[str], dict[str, str]]:
    if name.startswith("find_"):
        return lambda email: {"email": email}
    raise AttributeError(name)
