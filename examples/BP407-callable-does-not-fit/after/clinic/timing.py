import time

from starlette.types import Receive, Scope, Send


class Timing:
    """Counts the seconds that requests take."""
    def __init__(self, app):
        self.app = app
        self.seconds = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.monotonic()
        await self.app(scope, receive, send)
        self.seconds += time.monotonic() - began
