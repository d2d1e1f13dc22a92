"""Prices, fetched again and again in the background."""

import asyncio

prices: dict[str, int] = {}


async def keep_fresh() -> None:
    prices["tea"] = 2
    await asyncio.sleep(0)


def watch() -> "asyncio.Task[None]":
    return asyncio.create_task(keep_fresh(), name="prices")
