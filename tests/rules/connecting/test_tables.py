"""Which class declares a table, and whether anything creates it."""

import pytest

from bootproof.model.symptom import Failure, Frame, Symptom
from bootproof.model.words import Outcome, Stage
from bootproof.rules.connecting._tables import creators, declared, runs
from bootproof.rules.requests import undefined_table
from tests.rules.reading_facts import facts_of

APP = "from fastapi import FastAPI\nfrom store import engine\n\napp = FastAPI()\n"
STORE = "from sqlalchemy.orm import DeclarativeBase\n\n\nclass Base(DeclarativeBase):\n    pass\n\n\nengine = object()\n"
MODEL = "\n\nclass Parcel(Base):\n    __tablename__ = 'parcels'\n"
MAKES = "\n\nasync def make():\n    async with engine.begin() as connection:\n        await connection.run_sync(Base.metadata.create_all)\n"


def missing(table):
    failure = Failure(
        "asyncpg.exceptions.UndefinedTableError",
        ("asyncpg.exceptions.UndefinedTableError", "builtins.Exception"),
        f'relation "{table}" does not exist',
        (Frame("main.py", 4, "make", "main", True),),
    )
    return Symptom(Outcome.FAILED, Stage.REQUESTS, (failure,))


@pytest.mark.parametrize(
    ("main", "store", "found"),
    [
        (APP, STORE + MODEL + MAKES, True),  # a function that nobody calls creates nothing
        (APP, STORE + MODEL, True),
        (APP + "from store import make\n\n\n@app.on_event('startup')\nasync def start():\n    await make()\n",
         STORE + MODEL + MAKES, False),
        (APP + "import store\n\napp.add_event_handler('startup', store.make)\n", STORE + MODEL + MAKES, False),
        (APP, STORE + MODEL + "\n\nBase.metadata.create_all(engine)\n", False),
    ],
)  # fmt: skip
def test_a_table_that_nothing_creates(tmp_path, main, store, found):
    facts = facts_of(tmp_path, {"main.py": main, "store.py": store})
    assert bool([*undefined_table.diagnose(missing("parcels"), facts)]) is found


def test_a_table_that_sqlite_lacks(tmp_path):
    failure = Failure("sqlite3.OperationalError", ("sqlite3.OperationalError",), "no such table: parcels")
    facts = facts_of(tmp_path, {"main.py": APP, "store.py": STORE + MODEL})
    assert [each.file for each in undefined_table.diagnose(Symptom(Outcome.FAILED, Stage.REQUESTS, (failure,)), facts)] == ["store.py"]


def test_a_function_that_is_only_declared_does_not_run(tmp_path):
    facts = facts_of(tmp_path, {"main.py": APP, "store.py": STORE + MODEL + MAKES})
    assert [runs(facts, *each) for each in creators(facts)] == [False]


@pytest.mark.parametrize(("table", "name"), [("order_line", "OrderLine"), ("cities", "City"), ("orderlines", "OrderLine")])
def test_a_table_named_by_the_base_of_its_class(tmp_path, table, name):
    base = "class Base:\n    @declared_attr\n    def __tablename__(cls):\n        return cls.__name__.lower()\n"
    models = f"{base}\n\nclass City(Base):\n    pass\n\n\nclass OrderLine(Base):\n    pass\n"
    found = declared(table, facts_of(tmp_path, {"main.py": APP, "store.py": STORE + models}))
    assert found is not None and (found.name, found.table) == (name, table)


def test_a_class_of_another_name_is_not_taken_for_the_table(tmp_path):
    base = "class Base:\n    def __tablename__(cls):\n        return 'x'\n\n\nclass City(Base):\n    pass\n"
    assert declared("shops", facts_of(tmp_path, {"main.py": APP, "store.py": STORE + base})) is None
