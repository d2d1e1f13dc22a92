import asyncio
from collections.abc import Coroutine
from typing import Any

loop = asyncio.new_event_loop()


def wait_for(work: Coroutine[Any, Any, int]) -> int:
    """The result of asynchronous work, for synchronous code."""
    handed = asyncio.run_coroutine_threadsafe(work, loop)
    return handed.result(timeout=1)
