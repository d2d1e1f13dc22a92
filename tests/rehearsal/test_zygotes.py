"""Which zygote a trial is forked from, while others tell what they had to import by themselves."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bootproof.model.environment import Environment
from bootproof.rehearsal import sandbox
from bootproof.rehearsal.needs import process_variables
from bootproof.rehearsal.zygotes import Zygotes


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_a_trial_may_tell_of_modules_while_another_asks_for_a_zygote(
    environment: Environment, tmp_path: Path, hasty: None
) -> None:
    for name in ("empty", "home/tmp"):
        (tmp_path / name).mkdir(parents=True)
    variables = process_variables(environment.python, tmp_path / "home", "127.0.0.1")
    zygotes = Zygotes(isolation=sandbox.isolation(), scratch=tmp_path, variables=variables)
    told = threading.Event()

    def tell() -> None:
        for number in range(20_000):
            zygotes.learn([f"module_{number}"])
        told.set()

    try:
        zygotes.open(environment, ("json",), ())
        first = zygotes.zygote(environment, ()).wait()
        teller = threading.Thread(target=tell)
        teller.start()
        while not told.is_set():
            assert zygotes.zygote(environment, ()) is first  # none of these modules is a distribution's
        teller.join()
    finally:
        zygotes.close()
