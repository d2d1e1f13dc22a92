"""What happens after the answer: mail, and work whose time must not tell anything to who waits for the answer.

It lives in this process: what is under way is finished at the shutdown; what a crash interrupts is lost, and the person
asks again. Logs name a mail by its Message-ID: who gets it and what it is about is between the two.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from email.message import EmailMessage
from typing import Annotated, Any

import structlog
from aiosmtplib import SMTPException, SMTPResponseException
from fastapi import Depends, Request
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.database import Database
from bootproof.server.mail.message import Mail, composed
from bootproof.server.mail.relay import Relay
from bootproof.server.settings import Settings

log = structlog.get_logger("bootproof.server")

AT_ONCE = 4  # conversations with the mail server
PAUSES = (5.0, 60.0)  # seconds before another attempt
ENDS_WITHIN = 15.0  # seconds that a shutdown waits for what is under way


class Post:
    """Guards the tasks that outlive their request. In development without a mail server the log shows the mail."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._database = database
        self._relay, self._sender = settings.relay, settings.sender
        self._shown = settings.environment == "development"
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._under_way: set[asyncio.Task[None]] = set()

    def send(self, mail: Mail) -> None:
        """Sends a mail soon. To be called after the commit of what it tells of; nobody waits for it."""
        self._later(self._sent(mail))

    def send_found(self, find: Callable[[AsyncSession], Awaitable[Mail | None]]) -> None:
        """Sends soon the mail that is found by then, if any: whether there is one takes the client no time."""
        self._later(self._found(find))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._done)

    async def close(self) -> None:
        """Waits a while for what is under way, then ends it."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=ENDS_WITHIN)
        for task in self._under_way:
            task.cancel()

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._under_way.discard(task)
        if task.cancelled():
            log.error("work after an answer was ended by the shutdown")
        elif (problem := task.exception()) is not None:
            log.error("work after an answer failed", exc_info=problem)

    async def _found(self, find: Callable[[AsyncSession], Awaitable[Mail | None]]) -> None:
        async with self._database.sessions() as session:
            mail = await find(session)
        if mail is not None:
            await self._sent(mail)

    async def _sent(self, mail: Mail) -> None:
        if self._relay is not None:
            await self._handed_over(composed(mail, self._sender), self._relay)
        elif self._shown:
            log.info(f"Mail to {mail.to}: {mail.subject}\n\n{mail.text}")
        else:
            log.warning("a mail was not sent: SMTP_URL is not set")

    async def _handed_over(self, message: EmailMessage, relay: Relay) -> None:
        for pause in (*PAUSES, None):
            try:
                async with self._slots:
                    await relay.hand_over(message)
            except (SMTPException, OSError) as problem:
                for_good = isinstance(problem, SMTPResponseException) and problem.code >= 500
                if for_good or pause is None:
                    log.error("a mail was not sent", message=message["Message-ID"], reason=_reason(problem))
                    return
                log.warning("a mail was not taken yet", message=message["Message-ID"], reason=_reason(problem))
                await asyncio.sleep(pause)
            else:
                return


def _reason(problem: Exception) -> str:
    """What went wrong by its kind: the server's own words may repeat the address."""
    kind = type(problem).__name__
    return f"{kind} {problem.code}" if isinstance(problem, SMTPResponseException) else kind


def _post(request: Request) -> Post:
    found: Post = request.app.state.post
    return found


Outgoing = Annotated[Post, Depends(_post)]
"""The post of the server that answers."""
