"""One mail, and its form on the wire."""

from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr

from bootproof.server.tables import now


@dataclass(frozen=True)
class Mail:
    """A mail in plain text to one address. It may hold a link that is a secret."""

    to: str
    subject: str
    text: str


def sender(text: str) -> Address:
    """Whom mail is from: `name@host`, or `Somebody <name@host>`. Raises ValueError for anything else."""
    name, plain = parseaddr(text)
    if "@" not in plain:
        raise ValueError("is no address; write name@host, or Somebody <name@host>")
    return Address(name, addr_spec=plain)


def composed(mail: Mail, source: Address) -> EmailMessage:
    """The message as RFC 5322 has it. Raises ValueError for an address or a subject that would be more than one line."""
    message = EmailMessage()
    message["From"] = source
    message["To"] = Address(addr_spec=mail.to)  # parsed as one address: a comma makes no second one
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(now())
    message["Message-ID"] = make_msgid(domain=source.domain)  # else it would tell this machine's name
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday answers, please
    message.set_content(mail.text)
    return message
