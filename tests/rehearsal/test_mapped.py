"""What the agent tells of a failure inside an object-relational mapper, as data."""

import functools
from collections.abc import Callable
from typing import Any

import pytest

from bootproof.rehearsal.agent import mapped

sqlalchemy = pytest.importorskip("sqlalchemy")
from sqlalchemy import Column, ForeignKey, Integer, create_engine  # noqa: E402
from sqlalchemy.orm import configure_mappers, declarative_base, relationship  # noqa: E402


def told(call: Callable[[], object]) -> dict[str, Any]:
    with pytest.raises(Exception) as caught:  # whatever it is: what is told of it is tested
        call()
    return dict(mapped.of(caught.value))


def test_the_relationship_that_was_configured_is_told() -> None:
    base = declarative_base()

    class Shelf(base):  # type: ignore[misc,valid-type]  # made on the spot
        __tablename__ = "shelf"
        id = Column(Integer, primary_key=True)
        books = relationship("Book", back_populates="place")

    class Book(base):  # type: ignore[misc,valid-type]  # made on the spot
        __tablename__ = "book"
        id = Column(Integer, primary_key=True)
        shelf_id = Column(Integer, ForeignKey("shelf.id"))

    found = told(configure_mappers)
    base.registry.dispose()
    assert found["relationship"]["key"] == "books"
    assert found["relationship"]["owner"].endswith("Shelf")
    assert found["relationship"]["target"].endswith("Book")
    assert found["relationship"]["direction"] == "ONETOMANY"


@pytest.mark.parametrize(("key", "astray"), [("rack.id", ["rack"]), ("yard.shelf.id", ["yard.shelf"])])
def test_the_tables_that_foreign_keys_name_in_vain_are_told(key: str, astray: list[str]) -> None:
    base = declarative_base()

    class Shelf(base):  # type: ignore[misc,valid-type]  # made on the spot
        __tablename__ = "shelf"
        id = Column(Integer, primary_key=True)
        above = Column(Integer, ForeignKey("shelf.id"))
        books = relationship("Book")

    class Book(base):  # type: ignore[misc,valid-type]  # made on the spot
        __tablename__ = "book"
        id = Column(Integer, primary_key=True)
        shelf_id = Column(Integer, ForeignKey(key))

    found = told(configure_mappers)
    base.registry.dispose()
    assert found["relationship"]["astray"] == astray


@pytest.mark.parametrize("annotation", [int | None, int])
def test_the_type_of_a_field_is_told_also_where_it_may_be_none(annotation: object) -> None:
    assert mapped.told(annotation) == "builtins:int"
    assert mapped.told(int | str | None) == "int | str | None"


@pytest.mark.parametrize(
    ("text", "shape"), [('"postgresql://h/d"', ["quoted"]), (" 'x' \n", ["padded", "quoted"]), ("", ["empty"]), ("x", [])]
)
def test_a_text_is_told_by_its_shape_alone(text: str, shape: list[str]) -> None:
    found = told(functools.partial(create_engine, text))
    assert next(iter(found["texts"].values())) == shape
    assert "h/d" not in str(found)


def test_what_is_given_is_told_by_its_type() -> None:
    found = told(functools.partial(create_engine, 3))
    assert next(iter(found["arguments"].values())) == "builtins:int"


def test_a_failure_elsewhere_is_not_read() -> None:
    assert told(lambda: int("x")) == {}
