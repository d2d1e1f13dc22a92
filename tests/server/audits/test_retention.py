"""Each project keeps its audits for so many days, and its last one for ever."""

import asyncio
from datetime import timedelta

import pytest

from bootproof.server.audits import retention
from bootproof.server.database import Database
from bootproof.server.tables import now

from ..people import run_sql
from .shops import Shop, report


def days_ago(shop: Shop, days: float, verdict: str = "fails") -> int:
    made = report(verdict, created=(now() - timedelta(days=days)).isoformat())
    return int(shop.push(made).json()["id"])


def forget(shop: Shop) -> int:
    """Deletes what is too old, of this project alone; how many."""
    ((number,),) = run_sql(shop.running, "SELECT id FROM projects WHERE slug = :slug", slug=shop.slug)

    async def done() -> int:
        database = Database(shop.running.settings)
        try:
            return await retention.forget_old(database.sessions, int(str(number)))
        finally:
            await database.close()

    return asyncio.run(done())


def test_what_is_older_than_the_project_keeps_it_goes(shop: Shop) -> None:
    assert shop.folk.alice.patch(shop.at, json={"retention_days": 30}).status_code == 200
    old, kept, new = days_ago(shop, 31), days_ago(shop, 29), days_ago(shop, 0)
    before = shop.get("")
    assert (forget(shop), forget(shop)) == (1, 0)
    assert shop.ids() == [new, kept]
    assert shop.get("") == before and shop.folk.bob.get(f"{shop.at}/audits/{old}").status_code == 404


def test_the_last_one_stays_however_old_it_is(shop: Shop) -> None:
    shop.folk.alice.patch(shop.at, json={"retention_days": 1})
    numbers = [days_ago(shop, days) for days in (900, 800, 700)]
    assert forget(shop) == 2 and shop.ids() == numbers[-1:]


def test_more_than_one_transaction_takes(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 3)
    shop.folk.alice.patch(shop.at, json={"retention_days": 1})
    for days in range(20, 10, -1):
        days_ago(shop, days)
    assert forget(shop) == 9 and len(shop.ids()) == 1
