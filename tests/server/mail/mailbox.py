"""A real SMTP server that keeps what it is given."""

import asyncio
import email
import email.policy
import logging
import re
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

LINK = re.compile(r"https?://\S+")


class Mailbox:
    """Keeps the mails that arrive. `refusals` are answers that are given first, one for each attempt."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.refusals: list[str] = []
        self.url = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """aiosmtpd's hook for one mail."""
        if self.refusals:
            return self.refusals.pop(0)
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))  # type: ignore[arg-type]
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        return "250 OK"

    def wait(self, to: str, about: str = "", within: float = 15) -> EmailMessage:
        """The newest mail to somebody whose subject has a word in it; waits for one."""
        ends = time.monotonic() + within
        while time.monotonic() < ends:
            for mail in reversed(self.mails):
                if mail["To"] == to and about.lower() in mail["Subject"].lower():
                    return mail
            time.sleep(0.02)
        raise AssertionError(f"no mail to {to} about {about!r}: {[(each['To'], each['Subject']) for each in self.mails]}")

    def secret(self, to: str, about: str = "") -> str:
        """The secret at the end of the link of the newest such mail, which is taken out of the box."""
        mail = self.wait(to, about)
        self.mails.remove(mail)
        return LINK.findall(mail.get_content())[0].rpartition("/")[2]


@contextmanager
def mailbox(**options: Any) -> Iterator[Mailbox]:
    """A mail server in a thread, on a port of its own; `options` are aiosmtpd's."""
    box, loop, started = Mailbox(), asyncio.new_event_loop(), threading.Event()
    logging.getLogger("mail.log").propagate = False  # aiosmtpd's own, which is no log of ours
    implicit: ssl.SSLContext | None = options.pop("implicit", None)

    async def serve() -> None:
        listening = await loop.create_server(lambda: SMTP(box, loop=loop, **options), "127.0.0.1", 0, ssl=implicit)
        box.url = f"smtp{'s' if implicit else ''}://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        started.set()

    def run() -> None:
        loop.run_until_complete(serve())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield box
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def known(name: str, password: str) -> Any:
    """An authenticator of aiosmtpd's that knows one user."""

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (name.encode(), password.encode()))

    return check
