"""Models that stop the start, as projects spell them: in packages, on own bases, of SQLModel."""

from types import SimpleNamespace

import pytest

from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Outcome, Stage
from bootproof.rules.connecting import schema_not_created
from bootproof.rules.dependencies import incompatible_distributions
from bootproof.rules.engine import (
    column_without_type,
    dataclass_field_order,
    engine_argument_refused,
    foreign_key_table_not_found,
    model_without_primary_key,
    relationship_join_undetermined,
    server_default_not_text,
)
from tests.rules.mending import failed, library, own, said

MAIN = {"main.py": "from fastapi import FastAPI\nfrom store import models\n\napp = FastAPI()\n", "store/__init__.py": ""}
ARGUMENT, INVALID = "sqlalchemy.exc.ArgumentError", "sqlalchemy.exc.InvalidRequestError"
BASE = (
    "from sqlalchemy.orm import DeclarativeBase\n\n\nclass Base(DeclarativeBase):\n"
    "    def __init_subclass__(cls, **more):\n        super().__init_subclass__(**more)\n"
)


def importing(*chain: Failure) -> Symptom:
    return Symptom(Outcome.FAILED, Stage.IMPORT, chain)


def test_the_model_is_named_where_an_own_base_takes_part_in_its_making(tmp_path):
    models = "from sqlalchemy.orm import Mapped\n\nfrom store.base import Base\n\n\nclass Crate(Base):\n    __tablename__ = 'crates'\n    weight: Mapped[int]\n"
    frames = own("store/models.py", 6, "<module>"), own("store/base.py", 6, "__init_subclass__")
    symptom = importing(failed(ARGUMENT, *frames, library("sqlalchemy.orm.mapper")))
    found, changed = said(
        tmp_path, model_without_primary_key, symptom, {**MAIN, "store/base.py": BASE, "store/models.py": models}
    )
    assert [(each.file, each.line, each.key) for each in found] == [("store/models.py", 6, "Crate")]
    assert "    id: Mapped[int] = mapped_column(primary_key=True)\n    weight" in changed["store/models.py"]


@pytest.mark.parametrize("line", [5, 6])  # Python 3.8 and later name the line of the decorator
def test_a_decorator_belongs_to_the_class_that_it_makes(tmp_path, line):
    models = (
        "from sqlalchemy.orm import Mapped, mapped_column, registry\n\nmade = registry()\n\n@made.mapped_as_dataclass\nclass Crate:\n"
        "    __tablename__ = 'crates'\n    id: Mapped[int] = mapped_column(primary_key=True, default=0)\n    weight: Mapped[int]\n"
    )
    raised = failed("TypeError", library("dataclasses"))
    symptom = importing(failed(INVALID, own("store/models.py", line, "<module>"), library("sqlalchemy.orm.decl_base")), raised)
    found, _ = said(tmp_path, dataclass_field_order, symptom, {**MAIN, "store/models.py": models})
    assert [each.key for each in found] == ["Crate"]


LITERALS = [
    ("Literal['dry', 'wet'] = 'dry'", "Field(default='dry', sa_type=String)"),
    ("Optional[Literal[1, 2]] = None", "Field(default=None, sa_type=Integer)"),
    ("Kind", "Field(sa_type=String)"),
    ("Literal['dry', 2] = 2", ""),
]


@pytest.mark.parametrize(("annotation", "written"), LITERALS)
def test_a_literal_has_a_column_of_its_values(tmp_path, annotation, written):
    models = (
        "from typing import Literal, Optional\r\n\r\nfrom sqlmodel import Field, SQLModel\r\n\r\nKind = Literal['dry', 'wet']\r\n\r\n\r\n"
        f"class Crate(SQLModel, table=True):\r\n    id: int = Field(primary_key=True)\r\n    kind: {annotation}\r\n"
    )
    symptom = importing(
        failed(
            "TypeError", own("store/models.py", 8, "<module>"), library("sqlmodel.main"), column={"name": "kind", "type": "Literal"}
        )
    )
    accepted = [{"name": "sa_type", "kind": "KEYWORD_ONLY", "required": False}]
    found, changed = said(
        tmp_path, column_without_type, symptom, {**MAIN, "store/models.py": models},
        lambda question, about: accepted if question == "accepts" else None,
    )  # fmt: skip
    assert [(each.line, each.key) for each in found] == [(10, "Crate.kind")]
    assert changed == {} if not written else written in changed["store/models.py"]


def test_a_refusal_of_another_kind_is_no_server_default(tmp_path):
    models = (
        "from sqlalchemy import Boolean, Column\n\nfrom store.base import Base\n\n\nclass Crate(Base):\n    __tablename__ = 'crates'\n"
        "    wet = Column(Boolean, server_default=False)\n"
    )
    files = {**MAIN, "store/base.py": BASE, "store/models.py": models}
    at = own("store/models.py", 8, "Crate")
    refused = importing(failed(ARGUMENT, at, library("sqlalchemy.util.langhelpers", "assert_arg_type")))
    other = importing(failed(ARGUMENT, at, library("sqlalchemy.orm.decl_base", "_setup_table")))
    found, changed = said(tmp_path, server_default_not_text, refused, files)
    assert [each.line for each in found] == [8]
    assert "server_default=false()" in changed["store/models.py"]
    assert said(tmp_path, server_default_not_text, other, files) == ([], {})


def test_a_bare_field_of_sqlmodel_becomes_the_foreign_key(tmp_path):
    models = (
        "from sqlmodel import Field, Relationship, SQLModel\n\n\nclass Crate(SQLModel, table=True):\n"
        "    id: int | None = Field(default=None, primary_key=True)\n    labels: list['Label'] = Relationship()\n\n\n"
        "class Label(SQLModel, table=True):\n    id: int | None = Field(default=None, primary_key=True)\n"
        "    crate_id: int | None = None\n    text: str\n"
    )
    told = {"owner": "store.models:Crate", "key": "labels", "target": "store.models:Label", "direction": ""}
    symptom = importing(failed("sqlalchemy.exc.NoForeignKeysError", library("sqlalchemy.orm.relationships"), relationship=told))
    found, changed = said(tmp_path, relationship_join_undetermined, symptom, {**MAIN, "store/models.py": models})
    assert [each.key for each in found] == ["Crate.labels"]
    assert 'crate_id: int | None = Field(default=None, foreign_key="crate.id")' in changed["store/models.py"]


SCHEMAS = [
    pytest.param("kept = sa.MetaData(schema='yard')\n", 'event.listen(kept, "before_create"', id="metadata"),
    pytest.param(
        "from store.base import Base\n\ncrates = sa.Table('crates', Base.metadata, schema='yard')\n",
        'event.listen(crates.metadata, "before_create"', id="table",
    ),
    pytest.param(
        "from sqlmodel import SQLModel\n\nSQLModel.metadata.schema = 'yard'\n",
        'event.listen(SQLModel.metadata, "before_create"', id="attribute",
    ),
    pytest.param(
        "from store.base import Base\n\n\nclass Crate(Base):\n    __tablename__ = 'crates'\n    __table_args__ = {'schema': 'yard'}\n",
        'event.listen(Base.metadata, "before_create"', id="model",
    ),
    pytest.param("def made():\n    return sa.MetaData(schema='yard')\n", "", id="in-a-function"),
]  # fmt: skip


@pytest.mark.parametrize(("models", "listens"), SCHEMAS)
def test_a_schema_is_created_by_the_metadata_that_names_it(tmp_path, models, listens):
    files = {**MAIN, "store/base.py": BASE, "store/models.py": "import sqlalchemy as sa\n" + models}
    symptom = importing(
        failed("asyncpg.exceptions.InvalidSchemaNameError", message='schema "yard" does not exist', sqlstate="3F000"),
        failed("sqlalchemy.exc.ProgrammingError", library("sqlalchemy.sql.ddl", "visit_metadata"), library("sqlalchemy.engine.default")),
    )
    found, changed = said(tmp_path, schema_not_created, symptom, files)
    assert [each.key for each in found] == ["yard"]
    text = "".join(changed.values())
    assert listens in text and ("if_not_exists=True" in text) is bool(listens)


def test_a_foreign_key_that_leads_nowhere_is_why_a_relationship_has_none(tmp_path):
    models = (
        "from sqlalchemy import Column, ForeignKey, Integer\nfrom sqlalchemy.orm import relationship\n\nfrom store.base import Base\n\n\n"
        "class Crate(Base):\n    __tablename__ = 'crates'\n    id = Column(Integer, primary_key=True)\n"
        "    labels = relationship('Label')\n\n\nclass Label(Base):\n    __tablename__ = 'labels'\n"
        "    id = Column(Integer, primary_key=True)\n    crate_id = Column(ForeignKey('crate.id'))\n"
    )
    told = {"owner": "store.models:Crate", "key": "labels", "target": "store.models:Label", "direction": "", "astray": ["crate"]}
    symptom = importing(failed("sqlalchemy.exc.NoForeignKeysError", library("sqlalchemy.orm.relationships"), relationship=told))
    files = {**MAIN, "store/base.py": BASE, "store/models.py": models}
    found, changed = said(tmp_path, foreign_key_table_not_found, symptom, files)
    assert [(each.line, each.key) for each in found] == [(16, "crate")]
    assert 'ForeignKey(\'crates.id\')' in changed["store/models.py"]
    assert "BP507" in relationship_join_undetermined.YIELDS_TO


HANDED_ON = [
    ("class Kept:\n    def __init__(self, url, options=None):\n        self.engine = create_async_engine(url, **(options or {}))\n\n\n"
     "kept = Kept('postgresql+asyncpg://u@h/d', {\n    'echo': True,\n    'pool_size': 5,  # enough\n})\n", (6, 9)),
    ("def made(url, *, options):\n    return create_async_engine(url, **options)\n\n\n"
     "kept = made('postgresql+asyncpg://u@h/d', options={'pool_size': 5, 'echo': True})\n", (5, 8)),
]  # fmt: skip


@pytest.mark.parametrize(("code", "lines"), HANDED_ON)
def test_an_entry_of_options_that_are_handed_on_is_dropped(tmp_path, code, lines):
    models = "from sqlalchemy.ext.asyncio import create_async_engine\n\n\n" + code
    frames = [own("store/models.py", line) for line in reversed(lines)]
    message = "Invalid argument(s) 'pool_size' sent to create_engine()"
    symptom = importing(failed("TypeError", *frames, library("sqlalchemy.engine.create", "create_engine"), message=message))
    takes = [{"name": "pool_size", "kind": "KEYWORD_ONLY", "required": False}]
    found, changed = said(
        tmp_path, engine_argument_refused, symptom, {**MAIN, "store/models.py": models},
        lambda question, about: takes if question == "accepts" and about["path"] == "sqlalchemy.pool:QueuePool" else None,
    )  # fmt: skip
    assert [each.key for each in found] == ["pool_size"]
    assert "pool_size" not in changed["store/models.py"] and "'echo': True" in changed["store/models.py"]
    compile(changed["store/models.py"], "models.py", "exec")


@pytest.mark.parametrize(("source", "suspects"), [("raise ValueError(f'{kind} has no type')", []), ("", ["pydantic"])])
def test_a_library_that_refuses_a_value_does_not_misfit_what_it_names(source, suspects):
    """`<class 'pydantic.networks.HttpUrl'> has no matching SQLAlchemy type` is no word of a compiled module."""
    raised = library("sqlmodel.main", "get_sqlalchemy_type", source)
    failure = failed("ValueError", own("store/models.py", 1), raised, message="<class 'pydantic.networks.HttpUrl'> has none")
    nobody = SimpleNamespace(providers=lambda module: ())
    assert incompatible_distributions._suspects(failure, "sqlmodel.main", nobody) == suspects
