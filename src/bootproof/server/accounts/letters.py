"""Mails about an account. What was asked for by who is perhaps not the owner says so."""

from datetime import timedelta

from bootproof.server.accounts.tickets import LASTS
from bootproof.server.mail.message import Mail

_NOT_YOU = "If this was not you, do nothing: nothing happens without the link.\n"


def verification(to: str, link: str) -> Mail:
    """The mail with the link that proves an address."""
    return Mail(
        to,
        "Verify your address",
        f"To prove that this address is yours, open this page within {_hours(LASTS['verify'])} hours and sign in with your\n"
        f"password:\n\n{link}\n\n{_NOT_YOU}",
    )


def already_there(to: str, origin: str) -> Mail:
    """The mail to somebody who signed up and has an account."""
    return Mail(
        to,
        "You have an account already",
        "Somebody, perhaps you, signed up with this address. There is an account of it already; nothing was changed.\n\n"
        f"Sign in at:\n\n{origin}/signin\n\nIf you do not know the password any more, set another one at:\n\n{origin}/forgot\n",
    )


def reset(to: str, link: str) -> Mail:
    """The mail with the link that sets another password."""
    return Mail(
        to,
        "Set another password",
        f"To set another password, open this page within {_hours(LASTS['reset'])} hour:\n\n{link}\n\n"
        f"You are then signed out everywhere.\n\n{_NOT_YOU}",
    )


def password_changed(to: str, origin: str) -> Mail:
    """Tells that the password is another one now."""
    return Mail(
        to,
        "Your password was changed",
        f"The password of your account was changed, and other browsers were signed out.\n\n"
        f"If this was not you, set another one at:\n\n{origin}/forgot\n",
    )


def address_changed(to: str, new: str) -> Mail:
    """Tells the old address that the account has another one."""
    return Mail(
        to,
        "Your address was changed",
        f"Your account has the address {new} now. If this was not you, tell who runs this server.\n",
    )


def second_factor(to: str, origin: str, *, on: bool) -> Mail:
    """Tells that the second factor was set up, or taken away."""
    done = "set up" if on else "taken away"
    return Mail(
        to,
        f"Your second factor was {done}",
        f"The second factor of your account was {done}.\n\n"
        f"If this was not you, set another password at once at:\n\n{origin}/forgot\n",
    )


def _hours(lasts: timedelta) -> int:
    return int(lasts.total_seconds() // 3600)
