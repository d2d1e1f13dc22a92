from litestar import Litestar, asgi
from litestar.types import Receive, Scope, Send


async def answer(send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"well"})


@asgi("/health", is_mount=False)
async def health(scope: Scope, receive: Receive, send: Send) -> None:
    await answer(send)


app = Litestar([health])
