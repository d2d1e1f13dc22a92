"""Rate limits: token buckets in PostgreSQL, one atomic statement for each, the same for all replicas."""

import math
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.asked import Asked
from bootproof.server.database import execute


@dataclass(frozen=True)
class Rate:
    """A bucket that holds `size` tokens and is full again `seconds` after it was empty."""

    name: str
    size: int
    seconds: float


# Filled by the time that has passed by PostgreSQL's clock; one that was set back fills nothing and takes nothing away.
_FILLED = "least(:size, b.tokens + :size * greatest(0, extract(epoch FROM clock_timestamp() - b.at)) / :seconds)"
# Of many at once one may be refused by what another left, and here read what was there before: it waits a second then.
# The commit does not wait for the disk: what a crash may forget is some tokens that were taken in its last moment.
_LATER = "set_config('synchronous_commit', 'off', true)"
_TAKE = Asked(
    text(f"""
WITH taken AS (
    INSERT INTO buckets AS b (key, tokens, at) VALUES (:key, CAST(:size AS double precision) - 1, clock_timestamp())
    ON CONFLICT (key) DO UPDATE SET tokens = {_FILLED} - 1, at = clock_timestamp() WHERE {_FILLED} >= 1
    RETURNING 0 AS wait
)
SELECT wait::double precision, {_LATER} FROM taken
UNION ALL
SELECT greatest(1, (1 - {_FILLED}) * :seconds / :size), {_LATER}
FROM buckets AS b WHERE key = :key AND NOT EXISTS (SELECT FROM taken)
""")
)
_FORGET = text("DELETE FROM buckets WHERE at < clock_timestamp() - make_interval(secs => :seconds)")


async def take(session: AsyncSession, rate: Rate, who: str) -> int:
    """Takes one token of somebody's bucket: 0 where there was one, else the seconds until there is one. Commits."""
    rows = await _TAKE.rows(session, key=f"{rate.name}:{who}"[:200], size=float(rate.size), seconds=float(rate.seconds))
    await session.commit()
    return max((math.ceil(wait) for wait, _ in rows), default=1)  # no row: a new bucket that somebody else just made and emptied


async def forget(session: AsyncSession, seconds: float) -> None:
    """Deletes buckets that nobody has touched for so long, which are full by then. Does not commit."""
    await execute(session, _FORGET, {"seconds": seconds})
