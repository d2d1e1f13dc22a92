"""Values that stand in for what only a person knows."""

import json
from pathlib import Path

import pytest

from bootproof.rules.settings._stand_ins import LONG, stand_in
from tests.rules.reading_facts import facts_of

MAIN = """\
from enum import Enum
from fastapi import FastAPI

class Region(str, Enum):
    north = "n"
    south = "s"

app = FastAPI()
"""


@pytest.mark.parametrize(
    ("name", "annotation", "expected"),
    [
        ("RETRIES", "int", "60"),
        ("REDIS_PORT", "Optional[int]", "6379"),
        ("PORT", "", "8000"),
        ("DEBUG", "bool | None", "true"),
        ("RATIO", "float", "1.0"),
        ("MODE", "Literal['a', 'b']", "a"),
        ("REGION", "Region", "n"),
        ("OWNER", "EmailStr", "person@example.com"),
        ("QUEUE", "RedisDsn", "redis://localhost:6379/0"),
        ("HOOK", "AnyHttpUrl", "http://localhost:8000/"),
        ("TAGS", "list[str]", "[]"),
        ("CORS_ORIGINS", "list[AnyHttpUrl]", '["http://localhost:3000"]'),
        ("DATABASE_URL", "str", "postgresql://bootproof:bootproof@localhost:5432/bootproof"),
        ("STORE", "PostgresDsn", "postgresql://bootproof:bootproof@localhost:5432/bootproof"),
        ("JWT_SECRET", "Annotated[SecretStr, Field(min_length=32)]", LONG),
        ("ALGORITHM", "str", "HS256"),
        ("SMTP_HOST", "str", "localhost"),
        ("ACCESS_TOKEN_ALGORITHM", "str", "HS256"),
        ("COLOUR", "", "bootproof"),
    ],
)  # fmt: skip
def test_stand_in_is_of_the_right_type(tmp_path: Path, name: str, annotation: str, expected: str) -> None:
    facts = facts_of(tmp_path, {"main.py": MAIN})
    assert stand_in(facts, "main.py", name, annotation) == expected


def test_lists_are_json(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, {"main.py": MAIN})
    assert json.loads(stand_in(facts, "main.py", "ORIGINS", "List[str]"))


def test_secrets_are_long_enough_for_a_signing_key() -> None:
    assert len(LONG) >= 32


def test_an_engine_that_is_wrapped_is_asynchronous_too(tmp_path: Path) -> None:
    wrapped = "from sqlmodel import create_engine\nfrom sqlalchemy.ext.asyncio import AsyncEngine\nengine = AsyncEngine(create_engine(url))\n"
    facts = facts_of(tmp_path, {"main.py": MAIN, "db.py": wrapped})
    assert stand_in(facts, "main.py", "DATABASE_URL", "str").startswith("postgresql+asyncpg://")
