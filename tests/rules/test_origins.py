"""Where a value comes from, in the spellings that people use."""

import ast
from pathlib import Path

import pytest

from bootproof.rules.origins import effective, origins
from bootproof.rules.reading import text_of
from tests.rules.reading_facts import facts_of

MAIN = "from fastapi import FastAPI\n{code}\napp = FastAPI()\n"
SETTINGS = """\
from functools import lru_cache
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SHOP_", env_file=".env")
    dsn: SecretStr
    reader: str = Field("sqlite://", validation_alias="READER_URL")
    cache: str | None = None

    @property
    def writer(self) -> str:
        return f"postgresql://{self.cache}/x"

@lru_cache
def get_settings() -> Settings:
    return Settings()

settings = Settings()
"""


def found(tmp_path: Path, code: str, **files: str) -> list[str]:
    """What gives the argument of `use(…)`: variables as `$NAME`, `$NAME?` where the read may give None."""
    facts = facts_of(
        tmp_path, {"main.py": MAIN.format(code=code), "conf/__init__.py": "", "conf/base.py": SETTINGS, **files}
    )
    call = next(
        node
        for node in ast.walk(facts.syntax("main.py"))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "use"
    )
    return [
        f"${each.variables[0]}{'?' if each.bare else ''}" if each.variables else str(text_of(each.node))
        for each in origins(facts, "main.py", call.args[0])
    ]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import os\nuse(os.getenv('A'))", ["$A?"]),
        ("from os import environ as e\nuse(e['A'])", ["$A"]),
        ("from os import getenv\nA = getenv('A', 'x')\nuse(A)", ["$A", "x"]),
        ("import os\nU = os.getenv('A')\nif U:\n    U = U.replace('b', 'c')\nuse(U)", ["$A?", "$A?", "c"]),
        ("import os\nU = os.getenv('A')\nuse(U)\nU = 'later'", ["$A?"]),
        ("import os as system\nuse(int(system.environ.get('A')))", ["$A?"]),
        ("import os\nuse(os.getenv('A') or 'sqlite://')", ["$A?", "sqlite://"]),
        ("import os\nuse(os.getenv('A').replace('postgres://', 'postgresql://'))", ["$A?", "postgresql://"]),
        ("from conf.base import settings\nuse(settings.dsn.get_secret_value())", ["$SHOP_DSN"]),
        ("from conf.base import get_settings\nuse(str(get_settings().reader))", ["$READER_URL", "sqlite://"]),
        ("from conf import base\nuse(base.settings.cache)", ["$SHOP_CACHE?"]),
        ("from conf.base import settings as s\nuse(s.writer)", ["postgresql://", "$SHOP_CACHE?"]),
        ("class C:\n    import os\n    URL = 'x://'\nuse(C.URL)", ["x://"]),
        ("import os\nclass C:\n    URL = os.getenv('URL')\nuse(C.URL)", ["$URL?"]),
        ("import os\nclass C:\n    def __init__(self):\n        self.u = os.environ['U']\nc = C()\nuse(c.u)", ["$U"]),
        ("def make():\n    return 'x://'\nuse(make())", ["x://"]),
        ("import os\ndef run():\n    a = os.getenv('A')\n    use(a)", ["$A?"]),
        ("use(unknown)", []),
        ("A = A\nuse(A)", []),
    ],
)  # fmt: skip
def test_value_is_followed_to_its_source(tmp_path: Path, code: str, expected: list[str]) -> None:
    assert found(tmp_path, code) == expected


def test_file_that_is_not_read_sets_nothing(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {"main.py": MAIN.format(code="import os\nos.getenv('A')"), ".env": "A=1\n"})
    assert effective(facts, ("A",)) is None


def test_file_that_is_read_sets_a_value(tmp_path: Path) -> None:
    code = "from dotenv import load_dotenv\nload_dotenv()"
    value = effective(facts_of(tmp_path, {"main.py": MAIN.format(code=code), ".env": "A=1\n"}), ("A",))
    assert value is not None
    assert (value.file, value.line) == (".env", 1)
