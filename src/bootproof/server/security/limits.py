"""Which rates hold for what people may try, and the answer to who tries too often."""

from fastapi import HTTPException
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.security.buckets import Rate, take

SIGN_IN_HERE = Rate("sign-in-address", 30, 3600)  # of one address
SIGN_IN_TO = Rate("sign-in-account", 10, 3600)  # to one account, whether it is there or not
SIGN_UP_HERE = Rate("sign-up-address", 20, 3600)


async def within(session: AsyncSession, rate: Rate, who: str) -> None:
    """Takes one token. Raises 429 with `Retry-After` (RFC 9110, seconds) where there is none."""
    wait = await take(session, rate, who)
    if wait:
        raise HTTPException(429, "Too many attempts. Try again later.", {"Retry-After": str(wait)})
