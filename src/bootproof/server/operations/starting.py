"""A start that cannot be: one line that says why, in the place of a traceback."""

from alembic.util import CommandError
from asyncpg import InterfaceError, PostgresError  # type: ignore[import-untyped]  # it has neither types nor stubs
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bootproof.model.masking import mask
from bootproof.server.migrations.run import migrate
from bootproof.server.settings import Settings


class NotStarted(Exception):
    """What the server needs is not there; the message is one line, without secrets, with what to do next."""


class PlainRefusal:
    """ASGI middleware: has the server say why the lifespan did not begin, and nothing of where in our code."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on; of a start that failed with `NotStarted` its message alone."""
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return
        held: list[Message] = []

        async def plain(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                held.append(message)  # why is known once the exception arrives
            else:
                await send(message)

        try:
            await self.app(scope, receive, plain)
        except BaseException as problem:
            for message in held:
                await send({**message, "message": str(problem)} if isinstance(problem, NotStarted) else message)
            raise


async def migrated(settings: Settings) -> None:
    """Brings the database to the newest revision. Raises `NotStarted`."""
    try:
        await migrate(settings)
    except (OSError, SQLAlchemyError, PostgresError, InterfaceError) as problem:
        where = settings.database.url.set(query={}).render_as_string(hide_password=True)
        said = mask(str(getattr(problem, "orig", None) or problem)).partition("\n")[0] or type(problem).__name__
        why = f"{where} cannot be used ({said})"
        raise NotStarted(f"DATABASE_URL: {why}: is PostgreSQL there, and may this user use it?") from None
    except CommandError as problem:
        said = str(problem)
        raise NotStarted(f"another release of bootproof migrated this database ({said}): start the newer release") from None
