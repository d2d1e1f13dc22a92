"""What the agent tells of an exception beside its chain: types at the project's own last frame, and where code stands."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from bootproof.rehearsal.agent import describe, results

HERE = str(Path(__file__).parent)


class Pool:
    """Speaks `async with` alone."""

    def __init__(self) -> None:
        self.size = 3

    async def __aenter__(self) -> "Pool":
        return self

    async def __aexit__(self, *_: object) -> None: ...


async def sessions() -> AsyncIterator[int]:
    yield 1


@contextlib.asynccontextmanager
async def session() -> AsyncIterator[int]:
    yield 1


async def sync_with() -> None:
    with session():  # type: ignore[attr-defined]  # the fault under test
        pass


async def async_with() -> None:
    async with sessions():  # type: ignore[attr-defined]  # the fault under test
        pass


async def awaited() -> None:
    await sessions()  # type: ignore[misc]  # the fault under test


async def looped() -> None:
    for _ in sessions():  # type: ignore[attr-defined]  # the fault under test
        pass


async def called() -> None:
    int("three")


def chain_of(function: Callable[[], Any]) -> dict[str, Any]:
    try:
        asyncio.run(function())
    except Exception as error:
        told: dict[str, Any] = describe.chain(error, HERE)[0]["facts"]
        return told
    raise AssertionError("it did not raise")


@pytest.mark.parametrize(
    ("function", "protocol"),
    [(sync_with, "with"), (async_with, "async with"), (awaited, "await"), (looped, "for"), (called, "")],
)
def test_what_an_object_was_used_for_is_told(function: Callable[[], Any], protocol: str) -> None:
    assert chain_of(function)["protocol"] == protocol


def test_the_types_of_names_are_told_without_values() -> None:
    async def uses_a_pool() -> None:
        pool = Pool()
        if pool.size:
            int("three")

    told = chain_of(uses_a_pool)

    assert told["names"]["pool"].endswith("test_described.Pool")
    assert told["names"]["pool.size"] == "int"


def test_the_receiver_is_told_where_its_method_is_not_own(monkeypatch: pytest.MonkeyPatch) -> None:
    own = describe.is_own
    monkeypatch.setattr(describe, "is_own", lambda file, root: own(file, root) or file == __file__)

    async def decodes() -> None:
        import json

        json.JSONDecoder().decode("{")

    told = chain_of(decodes)

    assert (told["receiver"], told["method"]) == ("json.decoder.JSONDecoder", "decode")


def test_where_a_task_stands_is_told_through_an_asynchronous_generator() -> None:
    async def works() -> None:
        while True:
            await asyncio.sleep(1)

    @contextlib.asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        await works()
        yield

    async def serve() -> None:
        async with lifespan():
            pass

    async def look() -> list[list[str]]:
        task = asyncio.ensure_future(serve())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        stacks = describe.standing(sys._getframe(), [task], HERE)
        task.cancel()
        return [[each["function"] for each in stack if each["own"]] for stack in stacks]

    assert asyncio.run(look())[-1] == ["serve", "lifespan", "works"]


def test_the_older_task_is_told_first_whatever_others_are_called() -> None:
    async def first() -> None:
        await asyncio.sleep(1)

    async def named() -> None:
        await asyncio.sleep(1)

    async def look() -> list[str]:
        tasks = [asyncio.ensure_future(first()), asyncio.create_task(named(), name="a")]
        await asyncio.sleep(0)
        stacks = describe.standing(sys._getframe(), reversed(tasks), HERE)
        for each in tasks:
            each.cancel()
        return [stack[0]["function"] for stack in stacks[1:]]

    assert asyncio.run(look()) == ["first", "named"]


def test_what_a_call_gives_is_read_from_what_is_declared() -> None:
    assert results.gives("asyncio.open_connection") == {"how": "await", "type": None}
    assert results.gives("decimal.Decimal") == {"how": "", "type": "decimal.Decimal"}
    assert results.gives("tests.rehearsal.test_described.session") == {"how": "async with", "type": "int"}
    assert results.gives("tests.rehearsal.test_described.Pool.__aenter__")["type"].endswith(".Pool")
    assert results.gives("nowhere.at.all") is None


def test_what_objects_of_a_type_can_be_used_for() -> None:
    told = results.speaks("asyncio.Queue")

    assert {"get", "put", "join"} <= set(told["coroutines"]) and told["protocols"] == []
    assert results.speaks("tests.rehearsal.test_described.Pool")["protocols"] == ["async with"]
