"""What is kept of an upload, once; what the project says then, in whatever order its audits come."""

import asyncio
import json
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from bootproof.server.asked import straight
from bootproof.server.audits.arrival import received
from bootproof.server.audits.keeping import Kept, NoProject, Upload, keep
from bootproof.server.database import Database

from ..people import run_sql, within
from .shops import START, Shop, finding, report

OF_PROJECT = "SELECT id FROM projects WHERE slug = :slug"


def said(shop: Shop) -> tuple[str, str | None, str | None, int | None]:
    """What the project says of itself: verdict, when it was audited, since when it fails, its last audit."""
    found = shop.get("")
    return found["verdict"], found["audited_at"], found["failing_since"], found["last_audit_id"]


def at(minutes: int) -> str:
    return (START + timedelta(minutes=minutes)).isoformat()


def told(audits: list[tuple[int, str, int]]) -> tuple[str, str | None, str | None, int | None]:
    """What a project with these audits has to say: moment, verdict, number of each."""
    if not audits:
        return "", None, None, None
    ordered = sorted(audits, key=lambda each: (each[0], each[2]))
    moment, verdict, number = ordered[-1]
    since = None
    if verdict != "starts":
        starts = [each[0] for each in ordered if each[1] == "starts"]
        behind = [each[0] for each in ordered if not starts or each[0] > starts[-1]]
        since = at(behind[0] if behind else moment)
    return verdict, iso(at(moment)), iso(since), number


def iso(moment: str | None) -> str | None:
    return moment.replace("+00:00", "Z") if moment else None


@pytest.mark.parametrize("seed", range(4))
def test_a_project_says_what_its_newest_audit_says_whatever_came_first(seed: int, shop: Shop) -> None:
    """Uploads in any order, and deletions between them: after each the project is what its audits make of it."""
    chance = random.Random(seed)
    kept: list[tuple[int, str, int]] = []
    for _ in range(14):
        if kept and chance.random() < 0.25:
            gone = chance.choice(kept)
            assert shop.folk.alice.delete(f"{shop.at}/audits/{gone[2]}").status_code == 204
            kept.remove(gone)
        else:
            moment, verdict = chance.randrange(20), chance.choice(["starts", "fails", "fails", "unproved"])
            kept.append((moment, verdict, shop.pushed(verdict, created=at(moment), notes=[str(chance.random())])))
        assert said(shop) == told(kept), kept


def test_many_at_once_leave_what_one_after_the_other_leaves(shop: Shop) -> None:
    chance = random.Random(1)
    sent = [(moment, chance.choice(["starts", "fails"])) for moment in range(40)]
    chance.shuffle(sent)
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda each: shop.pushed(each[1], created=at(each[0])), sent))
    assert len(set(numbers)) == 40
    assert said(shop) == told([(*each, number) for each, number in zip(sent, numbers, strict=True)])


@pytest.mark.parametrize(("first", "second"), [(("fails", 5), ("starts", 3)), (("starts", 3), ("fails", 5)), (("fails", 3), ("fails", 5))])
def test_an_upload_waits_for_the_one_before_and_sees_what_it_made(
    first: tuple[str, int], second: tuple[str, int], shop: Shop
) -> None:
    """The second begins while the first is not committed yet: it must not sum up what was there before."""
    shop.pushed("fails", created=at(1))
    ((project,),) = run_sql(shop.running, OF_PROJECT, slug=shop.slug)
    one, other = (received(json.dumps(report(verdict, created=at(minute))).encode()) for verdict, minute in (first, second))

    async def both() -> list[int]:
        database = Database(shop.running.settings)

        async def kept(upload: Upload) -> int:
            async with database.singles() as session, straight(session, together=True) as driver:
                return (await keep(driver, int(str(project)), upload)).id

        try:
            async with database.singles() as session, straight(session, together=True) as driver:
                number = (await keep(driver, int(str(project)), one)).id
                waiting = asyncio.create_task(kept(other))
                await asyncio.sleep(0.3)
                assert not waiting.done()
            return [number, await waiting]
        finally:
            await database.close()

    numbers = asyncio.run(both())
    audits = [(minute, verdict, number) for (verdict, minute), number in zip((first, second), numbers, strict=True)]
    assert said(shop) == told([(1, "fails", 0), *audits])


def test_one_key_at_once_is_one_audit(shop: Shop) -> None:
    sent = report("fails", [finding("orders")])
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: shop.push(sent, key="once"), range(16)))
    assert sorted(each.status_code for each in answers) == [200] * 15 + [201]
    assert len({each.json()["id"] for each in answers}) == 1 and len(shop.ids()) == 1


def test_a_key_is_of_one_report_and_of_one_project(shop: Shop) -> None:
    first = shop.push(report("starts"), key="k")
    assert (first.status_code, shop.push(report("fails"), key="k").status_code) == (201, 409)
    assert said(shop)[0] == "starts" and shop.ids() == [first.json()["id"]]


def test_without_a_key_the_same_contents_are_kept_once(shop: Shop) -> None:
    sent = report("starts")
    assert [shop.push(sent).status_code for _ in range(2)] == [201, 200]
    assert shop.push({**sent, "notes": ["other"]}).status_code == 201


def test_a_moment_that_is_to_come_is_now(shop: Shop) -> None:
    shop.pushed("fails", created="2999-01-01T00:00:00+00:00")
    number = shop.pushed("starts", created="9999-12-31T23:59:59-14:00")
    assert said(shop)[0] == "starts" and said(shop)[3] == number and str(said(shop)[1]) < "2999"


def test_since_when_it_fails_outlives_the_audit_that_said_so_first(shop: Shop) -> None:
    """Retention deletes old audits; since when a service does not start is not younger by that."""
    numbers = [shop.pushed(verdict, created=at(minute)) for minute, verdict in enumerate(("starts", "fails", "fails", "fails"))]
    run_sql(shop.running, f"DELETE FROM audits WHERE project_id = ({OF_PROJECT}) AND id = ANY(:gone)", slug=shop.slug, gone=numbers[:2])
    assert shop.get("/failing") == {"since": iso(at(1)), "first_audit": numbers[2], "last_start": None}
    shop.pushed("fails", created=at(4))
    shop.pushed("unproved", created=at(2))  # late, and no start
    assert said(shop)[2] == iso(at(1))
    shop.pushed("starts", created=at(3))  # late: a start that was not known of
    assert said(shop)[2] == iso(at(4)) and shop.get("/failing")["last_start"] == iso(at(3))
    shop.pushed("starts", created=at(5))
    assert said(shop)[2] is None and shop.get("/failing") is None


def test_the_token_tells_when_it_was_used_to_the_minute(shop: Shop) -> None:
    def used() -> list[object]:
        return [row[0] for row in run_sql(shop.running, "SELECT last_used_at FROM tokens WHERE id = :id", id=shop.token_id)]

    assert used() == [None]
    shop.pushed("starts")
    first = used()
    shop.pushed("starts")
    assert first != [None] and used() == first
    run_sql(shop.running, "UPDATE tokens SET last_used_at = last_used_at - interval '2 minutes' WHERE id = :id", id=shop.token_id)
    shop.pushed("starts")
    assert used() > first  # type: ignore[operator]


@contextmanager
def held(shop: Shop, statement: str) -> Iterator[None]:
    """What the statement does to the shop's project stands at the end of the block, and makes others wait within it."""
    begun, ended = threading.Event(), threading.Event()

    async def hold(session: AsyncSession) -> None:
        await (await session.connection()).execute(text(statement), {"slug": shop.slug})
        begun.set()
        await asyncio.to_thread(ended.wait)

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(within, shop.running, hold)
        try:
            assert begun.wait(10)
            yield
        finally:
            ended.set()
        holding.result(10)


def test_a_project_that_is_deleted_meanwhile_takes_nothing(shop: Shop) -> None:
    """The token was good when the report began to come: the project is gone when it is kept."""
    with ThreadPoolExecutor(1) as pool:
        with held(shop, "DELETE FROM projects WHERE slug = :slug"):
            waiting = pool.submit(shop.push, report("starts"))
            time.sleep(0.5)
            assert not waiting.done()
        answer = waiting.result(10)
    assert answer.status_code == 401, answer.text


def test_who_deletes_an_audit_and_who_sends_it_again_do_not_wait_for_each_other(shop: Shop) -> None:
    """Each wants the project and the audit: one after the other they get both."""
    sent = report("fails")
    number = shop.push(sent, key="same").json()["id"]
    with ThreadPoolExecutor(2) as pool:
        with held(shop, "SELECT FROM projects WHERE slug = :slug FOR NO KEY UPDATE"):
            pushing = pool.submit(shop.push, sent, key="same")
            time.sleep(0.3)
            deleting = pool.submit(shop.folk.alice.delete, f"{shop.at}/audits/{number}")
            time.sleep(0.3)
            assert not pushing.done() and not deleting.done()
        assert (pushing.result(10).status_code, deleting.result(10).status_code) == (200, 204)
    assert said(shop) == told([])


def test_what_retention_deletes_in_the_moment_between_is_kept_again(shop: Shop) -> None:
    """It waits for no lock: the audit of this key is there when the key is looked for, and gone when its contents are."""
    ((project,),) = run_sql(shop.running, OF_PROJECT, slug=shop.slug)
    sent = report("fails")
    first = shop.push(sent, key="same").json()["id"]
    upload = received(json.dumps(sent).encode(), "same")

    class Deleting:
        """A driver before whose second statement the audit is deleted by somebody else."""

        def __init__(self, driver: Any) -> None:
            self.driver, self.asked = driver, 0

        async def fetch(self, statement: str, *values: Any) -> Any:
            self.asked += 1
            if self.asked == 2:
                await asyncio.to_thread(run_sql, shop.running, "DELETE FROM audits WHERE id = :id", id=first)
            return await self.driver.fetch(statement, *values)

    async def kept(session: AsyncSession) -> Kept:
        async with straight(session, together=True) as driver:
            return await keep(Deleting(driver), int(str(project)), upload)

    found = within(shop.running, kept)
    assert found.new and shop.ids() == [found.id]


def test_a_project_of_no_number_takes_nothing(shop: Shop) -> None:

    async def too_late(session: AsyncSession) -> bool:
        async with straight(session, together=True) as driver:
            try:
                await keep(driver, 2**30, received(json.dumps(report("starts")).encode()))
            except NoProject:
                return True
        return False

    assert within(shop.running, too_late)
