"""A loop's thread: nobody who hands over work waits for ever, however near its end."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from bootproof.rehearsal.loopthread import LoopThread


async def _pause(seconds: float = 0.0) -> None:
    await asyncio.sleep(seconds)


def test_work_is_done_until_it_ends_and_refused_then() -> None:
    thread = LoopThread("under-test")
    done: list[str] = []

    async def note(word: str) -> None:
        await asyncio.sleep(0)
        done.append(word)

    thread.start()
    assert thread.call(note("first"))
    thread.stop(lambda: note("last"))
    thread.stop(lambda: note("again"))
    assert not thread.call(note("late"))
    assert done == ["first", "last"]
    assert thread.loop.is_closed()


def test_what_was_never_started_is_stopped() -> None:
    thread = LoopThread("under-test")
    thread.stop(_pause)
    assert not thread.call(_pause())
    thread.loop.close()


@pytest.mark.parametrize("attempt", range(20))
def test_callers_at_the_very_end_come_back(attempt: int) -> None:
    thread = LoopThread("under-test")
    thread.start()
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(thread.call, _pause(0.0005 * (number % 3))) for number in range(200)]
        thread.stop(_pause)
        answers = [each.result(timeout=10) for each in calls]
    assert len(answers) == 200
    assert thread.loop.is_closed()
