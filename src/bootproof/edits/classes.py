"""Make edits of a class: its bases and keywords, and what stands in its body."""

import ast

from bootproof.edits.making import edit
from bootproof.edits.source import span
from bootproof.edits.statements import insert_statement_after, insert_statement_before
from bootproof.model.edit import Edit


def add_class_keyword(file: str, text: bytes, node: ast.ClassDef, name: str, value: str) -> Edit | None:
    """The edit that passes one keyword more when the class is made; None where it has neither bases nor keywords."""
    given = [*node.bases, *(each.value for each in node.keywords)]
    if not given:
        return None
    end = max(span(text, each, file)[1] for each in given)
    return edit(file, text, end, end, f", {name}={value}")


def first_in_body(file: str, text: bytes, node: ast.ClassDef, code: str) -> Edit:
    """The edit that puts an attribute before the others of a class: behind its docstring and `__tablename__`."""
    last = node.body[-1]
    for each in node.body:
        docstring = isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant) and isinstance(each.value.value, str)
        target = each.targets[0] if isinstance(each, ast.Assign) else getattr(each, "target", None)
        if not docstring and not (isinstance(target, ast.Name) and target.id.startswith("__")):
            return insert_statement_before(file, text, each, code)
    return insert_statement_after(file, text, last, code)


def last_in_body(file: str, text: bytes, node: ast.ClassDef, code: str) -> Edit:
    """The edit that puts a statement behind the last attribute of a class: before its methods."""
    held = [each for each in node.body if isinstance(each, ast.Assign | ast.AnnAssign)]
    return insert_statement_after(file, text, held[-1] if held else node.body[-1], code)
