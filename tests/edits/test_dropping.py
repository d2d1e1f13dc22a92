"""Decorators and statements that go: their lines with them, blocks never left empty, neighbours untouched."""

import ast

import pytest

from bootproof.edits.apply import apply
from bootproof.edits.python import drop_decorator, drop_statement


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a()\ngone()\nb()\n", "a()\nb()\n"),
        ("a()\ngone()  # why\nb()\n", "a()\nb()\n"),
        ("a(); gone(); b()\n", "a(); b()\n"),
        ("gone(); b()\n", "b()\n"),
        ("if x:\n    gone()\nb()\n", "if x:\n    pass\nb()\n"),
        ("def f():\n    a()\n    gone()\n", "def f():\n    a()\n"),
        ("a()\r\ngone()\r\nb()\r\n", "a()\r\nb()\r\n"),
        ("a()\ngone()", "a()\n"),
        ("gone()\n", ""),
    ],
)
def test_a_statement_goes_with_its_line(before: str, after: str) -> None:
    text = before.encode()
    tree = ast.parse(text)
    gone = next(each for each in ast.walk(tree) if isinstance(each, ast.stmt) and ast.unparse(each) == "gone()")
    edit = drop_statement("x.py", text, tree, gone)
    assert apply([edit], {"x.py": text}.get)["x.py"].decode() == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("@one\n@app.gone('x')\ndef f(): ...\n", "@one\ndef f(): ...\n"),
        ("class C:\n    @app.gone(\n        'x',\n    )  # why\n    def f(self): ...\n", "class C:\n    def f(self): ...\n"),
        ("@  app.gone('x')\r\ndef f(): ...\r\n", "def f(): ...\r\n"),
    ],
)
def test_a_decorator_goes_with_its_line(before: str, after: str) -> None:
    text = before.encode()
    decorators = [one for each in ast.walk(ast.parse(text)) for one in getattr(each, "decorator_list", [])]
    gone = next(each for each in decorators if "gone" in ast.unparse(each))
    assert apply([drop_decorator("x.py", text, gone)], {"x.py": text}.get)["x.py"].decode() == after
