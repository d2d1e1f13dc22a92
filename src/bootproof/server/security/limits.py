"""Which rates hold for what people may try, and the answer to who tries too often."""

import hashlib

from fastapi import HTTPException
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.security.buckets import Rate, take

SIGN_IN_HERE = Rate("sign-in-address", 30, 3600)  # of one address
SIGN_IN_PAIR = Rate("sign-in-pair", 10, 3600)  # of one address to one account, whether it is there or not
SIGN_IN_TO = Rate("sign-in-account", 100, 3600)  # of all addresses to one account
SIGN_IN_KNOWN = Rate("sign-in-known", 10, 3600)  # of a browser that the account was entered with before
SIGN_UP_HERE = Rate("sign-up-address", 20, 3600)
FORGOT_HERE = Rate("forgot-address", 20, 3600)
TICKET_HERE = Rate("ticket-address", 30, 3600)  # links of mails that are tried
MAIL_TO = Rate("mail-to", 5, 3600)  # mails that anybody can have sent to an address
SECOND_FACTOR = Rate("second-factor", 10, 3600)  # codes to one account, a known browser's by themselves
PASSWORD_AGAIN = Rate("password-again", 10, 3600)  # asked of a person who is signed in


def account(email: str) -> str:
    """The bucket of an account, by its address in normal form; whether there is one does not matter."""
    return hashlib.sha256(email.encode("utf-8", "surrogatepass")).hexdigest()


async def may_sign_in(session: AsyncSession, email: str, address: str, device: str | None) -> None:
    """Counts an attempt to enter an account. Raises 429 where there were too many.

    `device` names a browser that the account was entered with before: it is counted by itself, so that who guesses
    elsewhere does not shut the owner out.
    """
    if device is not None:
        await within(session, SIGN_IN_KNOWN, f"{account(email)}:{device}")
        return
    await within(session, SIGN_IN_HERE, address)
    await within(session, SIGN_IN_PAIR, f"{account(email)}:{address}")
    await within(session, SIGN_IN_TO, account(email))


async def within(session: AsyncSession, rate: Rate, who: str) -> None:
    """Takes one token. Raises 429 with `Retry-After` (RFC 9110, seconds) where there is none."""
    wait = await take(session, rate, who)
    if wait:
        raise HTTPException(429, "Too many attempts. Try again later.", {"Retry-After": str(wait)})
