"""Whose keyword was refused: the own call behind a library, in a dictionary, in a factory, or in no frame at all."""

from pathlib import Path
from types import MappingProxyType

import pytest

from bootproof.edits.apply import apply
from bootproof.model.symptom import Failure, Frame
from bootproof.rules.arguments import refused_arguments
from bootproof.rules.attributes import missing_attribute
from tests.rules.reading_facts import facts_of

APP = "from fastapi import FastAPI\napp = FastAPI()\n"


def refused(line: int | None, *, callee: str = "lib.core:Pool", message: str = "", passed: tuple[str, ...] = ("sise",)) -> Failure:
    frames = [Frame("app/main.py", line, "<module>", "app.main", True)] if line else []
    told = {"callee": callee, "accepts": ["dsn", "size", "name"], "required": [], "passed": list(passed), "positional": 0}
    library = Frame("/lib/core.py", 9, "make", "lib.core", False)
    return Failure(
        "TypeError", ("TypeError", "Exception"), message, (*frames, library), MappingProxyType({} if message else told)
    )


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("from lib.core import Pool\npool = Pool(\n    'x',\n    sise=3,\n)\n", 2),
        ("import lib.core as core\npool = core.connect(sise=3)\n", 2),
        ("from lib.core import factory\nPool = factory('x', sise=3)\ndef start():\n    return Pool()\n", 4),
        ("from lib.core import Pool\nOPTIONS = {'name': 'a', 'sise': 3}\npool = Pool(**OPTIONS)\n", 3),
        ("from lib.core import Pool\ndef make():\n    more = {'sise': 3}\n    return Pool(**more)\n", 4),
        ("from lib.core import Pool\nclass Late:\n    def add(self, kind, **more): ...\nLate().add(Pool, sise=3)\n", None),
        ("from functools import partial\nfrom lib.core import Pool as Made\nmake = partial(Made, sise=3)\n", None),
    ],
)
def test_the_own_call_is_found_and_gets_the_near_name(tmp_path: Path, source: str, line: int | None) -> None:
    facts = facts_of(tmp_path, {"app/__init__.py": "", "app/main.py": source + APP})
    (found,) = refused_arguments(facts, refused(line))
    assert (found.file, found.name, found.meant()) == ("app/main.py", "sise", "size")
    mended = apply([found.renamed(facts, found.meant())], facts.text)["app/main.py"].decode()
    assert "sise" not in mended
    assert mended.count("size") == 1


def test_what_a_library_quotes_must_be_passed_by_the_own_call(tmp_path: Path) -> None:
    source = "from lib.core import make\npool = make('x', sise=3, name='a')\n"
    facts = facts_of(tmp_path, {"app/__init__.py": "", "app/main.py": source + APP})
    (found,) = refused_arguments(facts, refused(2, message="Invalid argument(s) 'sise','other' sent to make()"))
    assert (found.name, found.meant()) == ("sise", "")


@pytest.mark.parametrize(
    "failure",
    [
        refused(2, passed=("size",)),
        refused(2, message="unsupported operand type(s) for +: 'int' and 'str'"),
        Failure("ValueError", ("ValueError",), "'sise'", (Frame("app/main.py", 2, "f", "app.main", True),)),
    ],
)
def test_other_failures_are_not_mine(tmp_path: Path, failure: Failure) -> None:
    facts = facts_of(tmp_path, {"app/__init__.py": "", "app/main.py": "from lib import f\nf(sise=1)\n" + APP})
    assert refused_arguments(facts, failure) == ()


def test_the_expression_that_lacks_an_attribute_is_found(tmp_path: Path) -> None:
    source = "from lib import Thing\nthing = Thing()\nthing.parts.make(\n    1,\n).finnish()\n"
    facts = facts_of(tmp_path, {"app/__init__.py": "", "app/main.py": source + APP})
    told = {"name": "finnish", "owner": "lib:Part", "owner_kind": "instance", "owner_bases": ["lib.Part"], "near": ["finish"]}
    frames = (Frame("app/main.py", 5, "<module>", "app.main", True),)
    failure = Failure("AttributeError", ("AttributeError",), "", frames, MappingProxyType(told))
    found = missing_attribute(facts, failure)
    assert found is not None
    assert (found.owner_name, found.near, found.is_a("lib.Part")) == ("Part", ("finish",), True)
    assert b").finish()" in apply([found.renamed(facts, "finish")], facts.text)["app/main.py"]
    behind = (*frames, Frame("/lib.py", 3, "make", "lib", False))
    assert missing_attribute(facts, Failure("AttributeError", ("AttributeError",), "", behind, MappingProxyType(told))) is None
