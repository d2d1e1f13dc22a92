"""Which own column or index a database's refusal is about, as drivers spell it and as SQLAlchemy names it."""

import pytest

from bootproof.model.symptom import Symptom
from bootproof.rehearsal.agent.implied import index_name
from bootproof.rules.connecting import column_not_in_table, index_name_taken
from tests.rules.connecting.source_facts import failed, seen
from tests.rules.mending import said

MAIN = {"main.py": "from fastapi import FastAPI\nimport models\n\napp = FastAPI()\n"}
BASE = "from sqlalchemy import Index, MetaData\nfrom sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\n\n\nclass Base(DeclarativeBase):\n    pass\n"
DAY = "\n\nclass {}(Base):\n    __tablename__ = '{}'\n    id: Mapped[int] = mapped_column(primary_key=True)\n"
DAYS = BASE + DAY.format("Day", "days") + "    saint: Mapped[str]\n    sunrise: Mapped[str]\n"
SELECT = "SELECT days_1.id, days_1.saint, days_1.sunrise \nFROM days AS days_1"


def refused(message: str, statement: str = "", code: str = "42703", kind: str = "psycopg2.errors.UndefinedColumn") -> Symptom:
    facts = {"statement": statement} | ({"pgcode": code} if code else {})
    return seen(failed(kind, [("main.py", 4)], message, **facts))


@pytest.mark.parametrize(
    ("message", "statement", "kind"),
    [
        ("column days.sunrise does not exist\nLINE 1: SELECT days.id, days.saint, days.sunrise \n", "", "psycopg2"),
        ('column "sunrise" of relation "days" does not exist\nLINE 1: INSERT INTO days ("id", "sunrise")\n', "", "psycopg"),
        ('column days.sunrise does not exist\nHINT:  Perhaps you meant to reference the column "days.saint".', "", "asyncpg"),
        ("column days_1.sunrise does not exist\nLINE 1: SELECT days_1.id", SELECT, "psycopg2"),
        ('column "sunrise" does not exist\nHINT:  There is a column named "saint" in table "days".', "SELECT sunrise FROM days", "asyncpg"),
        ("no such column: days.sunrise", "", "sqlite3.OperationalError"),
        ("no such column: sunrise", "SELECT sunrise FROM days", "sqlite3.OperationalError"),
        ("table days has no column named sunrise", "", "sqlite3.OperationalError"),
    ],
)
def test_the_column_that_is_not_there_is_named_and_no_other(tmp_path, message, statement, kind):
    symptom = refused(message, statement, "" if kind.startswith("sqlite3") else "42703", kind)
    found, _ = said(tmp_path, column_not_in_table, symptom, {**MAIN, "models.py": DAYS, "archive.py": DAYS})
    assert [(each.key, each.file) for each in found] == [("days.sunrise", "models.py")]


def test_a_column_that_only_a_forgotten_model_has_is_not_the_models(tmp_path):
    symptom = refused("column days.sunrise does not exist")
    forgotten = {"models.py": DAYS.replace("    sunrise: Mapped[str]\n", ""), "archive.py": DAYS}
    assert said(tmp_path, column_not_in_table, symptom, {**MAIN, **forgotten}) == ([], {})


def indexed(tmp_path, name: str, models: str, **more: str):
    def answer(question, about):
        return index_name(**about) if question == "index_name" else None

    symptom = refused(f'relation "{name}" already exists', code="42P07", kind="DuplicateTable")
    found, changed = said(tmp_path, index_name_taken, symptom, {**MAIN, "models.py": models, **more}, answer)
    return [(each.file, each.line) for each in found], changed.get("models.py", "")


TWICE = (
    BASE + DAY.format("Day", "days") + "    saint: Mapped[str] = mapped_column(index=True)\n"
    "    __table_args__ = (Index('ix_days_saint', 'saint'),)\n"
)


def test_an_index_that_is_made_once_more_by_a_column_goes(tmp_path):
    found, changed = indexed(tmp_path, "ix_days_saint", TWICE)
    assert found == [("models.py", 13)]
    assert "saint: Mapped[str] = mapped_column()\n" in changed and "Index('ix_days_saint', 'saint')" in changed


def test_a_name_of_the_projects_own_convention(tmp_path):
    own = BASE.replace("\n\n\nclass", "\n\nNAMES = {'ix': 'ix_%(column_0_name)s'}\n\n\nclass").replace(
        "pass", "metadata = MetaData(naming_convention=NAMES)"
    )
    models = own + TWICE.removeprefix(BASE).replace("ix_days_saint', 'saint'", "ix_saint', 'saint', 'id'")
    found, changed = indexed(tmp_path, "ix_saint", models)
    assert found == [("models.py", 15)] and "Index(\"ix_days_saint_id\", 'saint', 'id')" in changed


def test_two_names_that_nobody_gave_are_told_and_not_mended(tmp_path):
    models = (
        BASE + DAY.format("Day", "days") + "    year_saint: Mapped[str] = mapped_column(index=True)\n"
        + DAY.format("Year", "days_year") + "    saint: Mapped[str] = mapped_column(index=True)\n"
    )  # fmt: skip
    assert indexed(tmp_path, "ix_days_year_saint", models) == ([("models.py", 18)], "")


def test_an_index_of_a_module_that_nothing_imports_takes_no_name(tmp_path):
    once = BASE + DAY.format("Day", "days") + "    saint: Mapped[str] = mapped_column(index=True)\n"
    assert indexed(tmp_path, "ix_days_saint", once, **{"archive.py": TWICE}) == ([], "")
