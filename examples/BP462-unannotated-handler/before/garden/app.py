from litestar import Litestar, get

from garden.beds import Beds


@get("/health", sync_to_thread=False)
def health() -> str:
    return "well"


app = Litestar([health, Beds])
