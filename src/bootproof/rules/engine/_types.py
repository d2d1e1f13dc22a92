"""The type of a column, as the source says it: by annotation or by SQLAlchemy's type."""

import ast

from bootproof.model.facts import Facts
from bootproof.rules.engine._mapped import Attribute, without
from bootproof.rules.reading import dotted_name, outside, text_of

# The Python type that SQLAlchemy's own type map gives these; of one family a foreign key may be.
_PYTHON = {
    "Integer": "int", "BigInteger": "int", "SmallInteger": "int", "BIGINT": "int", "INTEGER": "int", "SMALLINT": "int",
    "String": "str", "Text": "str", "Unicode": "str", "UnicodeText": "str", "VARCHAR": "str", "TEXT": "str", "AutoString": "str",
    "Uuid": "UUID", "UUID": "UUID", "GUID": "UUID",
}  # fmt: skip


def type_node(facts: Facts, column: Attribute) -> ast.expr | None:
    """The positional argument or keyword that gives a column SQLAlchemy's type, None where its annotation does."""
    given = column.option("sa_type") or column.option("type_")
    for each in column.call.args if column.call and given is None and column.maker != "Field" else ():
        made = each.func if isinstance(each, ast.Call) else each
        last = outside(facts, column.file, made).rpartition(".")[2] or dotted_name(made).rpartition(".")[2]
        if text_of(each) is None and last not in ("ForeignKey", "Identity", "Sequence", "Computed", "CheckConstraint"):
            return each
    return given


def python_type(facts: Facts, column: Attribute) -> str:
    """The Python type of a column: `int`, `str`, `UUID`; "" where the source does not say."""
    node = type_node(facts, column)
    if node is not None:
        made = node.func if isinstance(node, ast.Call) else node
        last = dotted_name(made).rpartition(".")[2]
        return _PYTHON.get(last, last)
    inner = column.inner
    if isinstance(inner, ast.BinOp):
        inner = next((each for each in (inner.left, inner.right) if not isinstance(each, ast.Constant)), inner)
    inner = without(inner, "Optional", "Annotated")
    return dotted_name(inner).rpartition(".")[2] if inner is not None else ""


def same_type(facts: Facts, one: Attribute, other: Attribute) -> bool:
    """Whether two columns are known to have one type."""
    kind = python_type(facts, one)
    return bool(kind) and kind == python_type(facts, other)
