"""Token buckets by themselves, in a real PostgreSQL: how many, how long, by whose clock, and many at once."""

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy import text

from bootproof.server.database import Database
from bootproof.server.security.buckets import Rate, forget, take
from bootproof.server.settings import read_settings

RATE = Rate("tries", 10, 100)  # one each ten seconds
_EARLIER = text("UPDATE buckets SET at = at - make_interval(secs => :seconds) WHERE key = :key")


def tried(url: str, what: Callable[[Database], Awaitable[None]]) -> None:
    async def run() -> None:
        database = Database(read_settings(database_url=url, environment="test", pool_size=8))
        try:
            await what(database)
        finally:
            await database.close()

    asyncio.run(run())


async def taken(database: Database, who: str = "alice", rate: Rate = RATE) -> int:
    async with database.sessions() as session:
        return await take(session, rate, who)


async def passed(database: Database, seconds: float, who: str = "alice") -> None:
    """Lets that many seconds pass for one bucket; less than 0: the clock is set back."""
    async with database.engine.begin() as connection:
        await connection.execute(_EARLIER, {"seconds": seconds, "key": f"tries:{who}"})


def test_it_holds_its_size_and_says_how_long_to_wait(database: str) -> None:
    async def what(found: Database) -> None:
        assert [await taken(found) for _ in range(10)] == [0] * 10
        assert 9 <= await taken(found) <= 10
        assert await taken(found, "bob") == 0, "another one's is another one"
        assert await taken(found, rate=Rate("others", 10, 100)) == 0, "so is another kind's"

    tried(database, what)


def test_it_fills_with_time_and_no_further_than_its_size(database: str) -> None:
    async def what(found: Database) -> None:
        for _ in range(10):
            await taken(found)
        await passed(found, 25)
        assert [await taken(found) == 0 for _ in range(3)] == [True, True, False]
        await passed(found, 10_000)
        assert [await taken(found) == 0 for _ in range(11)] == [True] * 10 + [False]

    tried(database, what)


def test_to_ask_an_empty_one_makes_it_no_emptier(database: str) -> None:
    async def what(found: Database) -> None:
        for _ in range(10):
            await taken(found)
        assert {await taken(found) for _ in range(20)} <= {9, 10}
        await passed(found, 10)
        assert await taken(found) == 0

    tried(database, what)


def test_a_clock_that_is_set_back_takes_nothing_away(database: str) -> None:
    async def what(found: Database) -> None:
        for _ in range(5):
            await taken(found)
        await passed(found, -3600)
        assert [await taken(found) == 0 for _ in range(6)] == [True] * 5 + [False]

    tried(database, what)


def test_many_at_once_get_no_more_than_there_are(database: str) -> None:
    async def what(found: Database) -> None:
        waits = await asyncio.gather(*(taken(found) for _ in range(60)))
        assert sum(each == 0 for each in waits) == 10
        assert all(1 <= each <= 10 for each in waits if each)

    tried(database, what)


def test_those_that_are_full_again_are_forgotten(database: str) -> None:
    async def what(found: Database) -> None:
        await taken(found)
        await taken(found, "bob")
        await passed(found, 200, "bob")
        async with found.sessions() as session:
            await forget(session, 100)
            await session.commit()
            left = (await (await session.connection()).execute(text("SELECT key FROM buckets"))).scalars().all()
        assert left == ["tries:alice"]

    tried(database, what)
