"""`SMTP_URL`: the server that mail is handed to, and how far the way there must be encrypted."""

from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiosmtplib

TIMEOUT = 30  # seconds for one step of the conversation


@dataclass(frozen=True)
class Relay:
    """A mail server. `start_tls`: True where TLS is demanded, None where it is taken if the server offers it."""

    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    use_tls: bool = False
    start_tls: bool | None = None

    async def hand_over(self, message: EmailMessage) -> None:
        """Gives a message to the mail server. Raises what aiosmtplib raises where it is not taken."""
        await aiosmtplib.send(
            message,
            hostname=self.host,
            port=self.port,
            username=self.user,
            password=self.password,
            use_tls=self.use_tls,
            start_tls=self.start_tls,
            # TLS that is only taken if it is offered can be taken away too: its certificate would prove nothing
            validate_certs=self.use_tls or self.start_tls is True,
            timeout=TIMEOUT,
        )


def relay(text: str) -> Relay:
    """The mail server of a URL: `smtps://` is TLS from the first byte, `smtp://` STARTTLS, demanded with a password.

    Raises ValueError, which never says the password.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError("its host or port cannot be read; `/`, `#` and `@` in a password are written as %2F, %23, %40") from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.query or parts.path.strip("/"):
        raise ValueError("is no mail server; write smtp://user:password@host:587 or smtps://user:password@host")
    implicit = parts.scheme == "smtps"
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    if (user is None) != (password is None):
        raise ValueError("has a user without a password, or a password without a user")
    demanded = None if implicit or password is None else True
    return Relay(parts.hostname, port or (465 if implicit else 587), user, password, implicit, False if implicit else demanded)
