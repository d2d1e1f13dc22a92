"""Paths and prefixes that others read too, or that are put together from pieces."""

from pathlib import Path
from typing import Any

import pytest

from bootproof.edits.apply import apply
from bootproof.model.finding import Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Outcome, Safety, Stage
from bootproof.rules.application import malformed_path
from tests.rules.mending import failed, library, own
from tests.rules.reading_facts import facts_of

HEAD = "from fastapi import APIRouter, FastAPI\n\napp = FastAPI()\n"


def refused(line: int, function: str = "__init__") -> Symptom:
    return Symptom(Outcome.FAILED, Stage.IMPORT, (failed("AssertionError", own("main.py", line), library("fastapi.routing", function)),))


@pytest.mark.parametrize(
    ("body", "line", "new", "safety"),
    [
        ("NAME = 'cakes'\nrouter = APIRouter(prefix=NAME)\n", 5, "NAME = '/cakes'", Safety.SAFE),
        ("NAME = 'cakes'\nrouter = APIRouter(prefix=NAME, tags=[NAME])\n", 5, 'prefix="/" + NAME,', Safety.SAFE),
        ("NAME = 'cakes/'\nrouter = APIRouter(prefix='/' + NAME)\nprint(NAME)\n", 5, "prefix=('/' + NAME).rstrip(\"/\"))", Safety.SAFE),
        ("NAME = 'cakes/'\nrouter = APIRouter(prefix='/' + NAME)\n", 5, "NAME = 'cakes'", Safety.SAFE),
        (  # two calls take it: it is mended where it stands, and the other reader is told
            "NAME = 'cakes'\nrouter = APIRouter(prefix=NAME)\nother = APIRouter(prefix=NAME)\nprint(NAME)\n",
            5, "NAME = '/cakes'", Safety.UNSAFE,
        ),
        (  # what else the name may be could be right as it is
            "import os\nNAME = os.getenv('PLACE', 'cakes')\nrouter = APIRouter(prefix=NAME)\nprint(NAME)\n",
            6, "os.getenv('PLACE', '/cakes')", Safety.UNSAFE,
        ),
        ("class Names:\n    cakes = 'cakes'\n\n\nrouter = APIRouter(prefix=Names.cakes)\nprint(Names.cakes)\n",
         8, 'prefix="/" + Names.cakes)', Safety.SAFE),
    ],
)  # fmt: skip
def test_other_readers_of_a_path_keep_what_they_read(tmp_path: Path, body: str, line: int, new: str, safety: Safety) -> None:
    facts = facts_of(tmp_path, {"requirements.txt": "fastapi\n", "main.py": HEAD + body})
    (found,) = malformed_path.diagnose(refused(line), facts)
    fix = malformed_path.fix(found, facts)
    assert fix is not None and fix.safety is safety
    assert new in mended(fix, facts)


def mended(fix: Fix, facts: Any) -> str:
    return apply(list(fix.edits), facts.text)["main.py"].decode()


@pytest.mark.parametrize("path", ["'/' + NAME", "f'/{NAME}'", "f'/{NAME}' + '/x/' + NAME", "BASE"])
def test_pieces_within_a_path_are_no_paths(tmp_path: Path, path: str) -> None:
    body = f"NAME = 'cakes'\nBASE = '/' + NAME\nrouter = APIRouter(prefix={path})\n"
    assert not list(malformed_path.diagnose(refused(6), facts_of(tmp_path, {"requirements.txt": "fastapi\n", "main.py": HEAD + body})))
