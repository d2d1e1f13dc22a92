"""Edits made of Python nodes, in the layouts that people write."""

import ast

import pytest

from bootproof.edits import python
from bootproof.edits.apply import apply
from bootproof.edits.errors import EditImpossible
from bootproof.model.edit import AnyEdit


def mend(text: str, *edits: AnyEdit) -> str:
    done = apply(edits, lambda _: text.encode())
    return done.get("a.py", text.encode()).decode()


def call_in(text: str) -> ast.Call:
    calls = [node for node in ast.walk(ast.parse(text.encode())) if isinstance(node, ast.Call)]
    return min(calls, key=lambda node: (node.lineno, node.col_offset))


ADDED = [
    ("f()", "f(k=1)"),
    ("f( )", "f(k=1 )"),
    ("f(a)", "f(a, k=1)"),
    ("f(a,)", "f(a, k=1,)"),
    ("f(a, b=2)", "f(a, b=2, k=1)"),
    ("f(lambda x, y: x, b=(1, 2))", "f(lambda x, y: x, b=(1, 2), k=1)"),
    ("f(x for x in y)", "f((x for x in y), k=1)"),
    ("f(*a, **b)", "f(*a, **b, k=1)"),
    ("f(a='é,)')", "f(a='é,)', k=1)"),
    ("f(\n    a,\n    b=2,\n)", "f(\n    a,\n    b=2,\n    k=1,\n)"),
    ("f(\n    a,\n    b=2\n)", "f(\n    a,\n    b=2,\n    k=1\n)"),
    ("f(\n    a,\n    b=2,  # two\n)", "f(\n    a,\n    b=2,  # two\n    k=1,\n)"),
    ("f(\n    a,\n    b=2  # two\n)", "f(\n    a,\n    b=2,  # two\n    k=1\n)"),
    ("f(\r\n\ta,\r\n)", "f(\r\n\ta,\r\n\tk=1,\r\n)"),
    ("f(\n)", "f(\n    k=1,\n)"),
    ("(f  # why (\n )(a)", "(f  # why (\n )(a, k=1)"),
    ("g = 1; f(a)[0](b)", "g = 1; f(a)[0](b, k=1)"),
    ('f("""a\n# ,)"""  , b)', 'f("""a\n# ,)"""  , b, k=1)'),
]


@pytest.mark.parametrize(("before", "after"), ADDED)
def test_argument_is_added_in_the_layout_of_the_others(before: str, after: str) -> None:
    assert mend(before, python.add_argument("a.py", before.encode(), call_in(before), "k", "1")) == after


DROPPED = [
    ("f(k=1)", "f()"),
    ("f(k=1, b=2)", "f(b=2)"),
    ("f(a, k=1)", "f(a)"),
    ("f(a, k=1,)", "f(a,)"),
    ("f(a, k=(1, 2), b=2)", "f(a, b=2)"),
    ("f(\n    k=1,  # one\n    b=2,\n)", "f(\n    b=2,\n)"),
    ("f(\n    a,\n    k=[\n        1,\n    ],\n)", "f(\n    a,\n)"),
    ("f(a,\n  k=1)", "f(a)"),
    ("f(a,  # the a\n  k=1)", None),
    ("f(a, k=1,\n  b=2)", "f(a,\n  b=2)"),
]


@pytest.mark.parametrize(("before", "after"), DROPPED)
def test_argument_is_dropped_with_its_comma(before: str, after: str | None) -> None:
    done = mend(before, python.drop_argument("a.py", before.encode(), call_in(before), "k"))
    assert ast.dump(ast.parse(done)).count("'k'") == 0
    if after is not None:
        assert done == after


@pytest.mark.parametrize(
    "layout", ["f(a=1, b=2, c=3)", "f(\n    a=1,\n    b=2,\n    c=3\n)", "f(a=1, b=2,\n  c=3,)"]
)
def test_any_arguments_can_be_dropped_together_and_others_added(layout: str) -> None:
    call = call_in(layout)
    for number in range(1, 8):
        gone = [name for index, name in enumerate("abc") if number >> index & 1]
        edits = [python.drop_argument("a.py", layout.encode(), call, name) for name in gone]
        done = call_in(mend(layout, *edits))
        assert {keyword.arg for keyword in done.keywords} == set("abc") - set(gone)


def test_two_arguments_are_added_to_an_empty_call() -> None:
    one = python.add_argument("a.py", b"f()", call_in("f()"), "a", "1")
    two = python.add_argument("a.py", b"f()", call_in("f()"), "b", "2")
    assert mend("f()", one, two) == "f(a=1, b=2)"


def test_argument_is_replaced_renamed_or_put_before_keywords() -> None:
    text = "f(a, regex = ('é'), **k)"
    call = call_in(text)
    source = text.encode()
    assert mend(text, python.replace_argument("a.py", source, call, "regex", "1")) == "f(a, regex = 1, **k)"
    assert mend(text, python.replace_argument("a.py", source, call, 0, "b")) == "f(b, regex = ('é'), **k)"
    assert mend(text, python.rename_argument("a.py", source, call, "regex", "pattern")).startswith(
        "f(a, pattern ="
    )
    assert mend(text, python.add_argument("a.py", source, call, None, "b")) == "f(a, b, regex = ('é'), **k)"
    for name in ("missing", 3):
        with pytest.raises(EditImpossible):
            python.drop_argument("a.py", source, call, name)
    with pytest.raises(EditImpossible, match="already"):
        python.add_argument("a.py", source, call, "regex", "1")


def test_node_is_replaced_and_wrapped_while_its_inside_changes() -> None:
    text = "é = create(url)\r\n"
    tree = ast.parse(text)
    value = tree.body[0].value  # type: ignore[attr-defined]
    inner = python.replace_node("a.py", text.encode(), value.args[0], "str(url)")
    outer = python.wrap_node("a.py", text.encode(), value, "await (", ")")
    assert mend(text, *outer, inner) == "é = await (create(str(url)))\r\n"


def test_decorator_goes_above_or_below_the_others_at_their_indentation() -> None:
    text = "class A:\n\t@b\n\tasync def f(self): ...\n"
    node = ast.parse(text).body[0].body[0]  # type: ignore[attr-defined]
    assert "\t@a\n\t@b\n" in mend(text, python.insert_decorator("a.py", text.encode(), node, "@a"))
    done = mend(text, python.insert_decorator("a.py", text.encode(), node, "a", innermost=True))
    assert "\t@b\n\t@a\n\tasync" in done


STATEMENTS = [
    ("def f():\n    x\n", 0, "def f():\n    new\n    x\n", "def f():\n    x\n    new\n"),
    ("def f():\r\n\tx  # c\r\n", 0, "def f():\r\n\tnew\r\n\tx  # c\r\n", "def f():\r\n\tx  # c\r\n\tnew\r\n"),
    ("def f():\n    x", 0, "def f():\n    new\n    x", "def f():\n    x\n    new"),
    ("def f(): x\n", 0, "def f(): new; x\n", "def f(): x; new\n"),
    ("def f():\n    x; y\n", 1, "def f():\n    x; new; y\n", "def f():\n    x; y; new\n"),
    ("def f():\n    x; y\n", 0, "def f():\n    new\n    x; y\n", "def f():\n    x; new; y\n"),
    (
        "def f():\n    @d\n    def g(): pass\n",
        0,
        "def f():\n    new\n    @d\n    def g(): pass\n",
        "def f():\n    @d\n    def g(): pass\n    new\n",
    ),
]


@pytest.mark.parametrize(("text", "index", "before", "after"), STATEMENTS)
def test_statement_is_put_beside_another(text: str, index: int, before: str, after: str) -> None:
    node = ast.parse(text).body[0].body[index]  # type: ignore[attr-defined]
    assert mend(text, python.insert_statement_before("a.py", text.encode(), node, "new")) == before
    assert mend(text, python.insert_statement_after("a.py", text.encode(), node, "new")) == after


def test_block_is_indented_and_refused_beside_a_shared_line() -> None:
    text = "def f():\n    x\n"
    node = ast.parse(text).body[0].body[0]  # type: ignore[attr-defined]
    code = "    if a:\n        b\n"
    done = mend(text, python.insert_statement_before("a.py", text.encode(), node, code))
    assert done == "def f():\n    if a:\n        b\n    x\n"
    shared = "def f(): x\n"
    node = ast.parse(shared).body[0].body[0]  # type: ignore[attr-defined]
    with pytest.raises(EditImpossible):
        python.insert_statement_after("a.py", shared.encode(), node, code)


def test_nothing_is_put_beside_an_elif() -> None:
    text = "if a:\n    b\nelif c:\n    d\n"
    node = ast.parse(text).body[0].orelse[0]  # type: ignore[attr-defined]
    for insert in (python.insert_statement_before, python.insert_statement_after):
        with pytest.raises(EditImpossible, match="elif"):
            insert("a.py", text.encode(), node, "new")


PLACES = [
    ("", "import new\n"),
    ("x = 1\n", "import new\nx = 1\n"),
    ('"""Doc."""\n', '"""Doc."""\nimport new\n'),
    ('"""Doc."""', '"""Doc."""\nimport new'),
    (
        "#!/usr/bin/env python\n# coding: utf-8\nx = 1\n",
        "#!/usr/bin/env python\n# coding: utf-8\nimport new\nx = 1\n",
    ),
    (
        "from __future__ import annotations\nx = 1\n",
        "from __future__ import annotations\nimport new\nx = 1\n",
    ),
    (
        "import a\nfrom b import (\n    c,\n)\n\nx = 1\nimport z\n",
        "import a\nfrom b import (\n    c,\n)\nimport new\n\nx = 1\nimport z\n",
    ),
    (
        "import a\nif T:\n    import b\nimport c  # c\nx = 1\n",
        "import a\nif T:\n    import b\nimport c  # c\nimport new\nx = 1\n",
    ),
    ("import a; x = 1\n", "import a; x = 1\nimport new\n"),
    ("\ufeffimport a\r\n", "\ufeffimport a\r\nimport new\r\n"),
    ("\ufeffx = 1\n", "\ufeffimport new\nx = 1\n"),
    ("import new\nx = 1\n", "import new\nx = 1\n"),
]


@pytest.mark.parametrize(("before", "after"), PLACES)
def test_import_is_added_at_the_head_once(before: str, after: str) -> None:
    done = mend(before, python.add_import("a.py", before.encode(), "import new"))
    assert done == after
    assert mend(done, python.add_import("a.py", done.encode(), "import new")) == done


def test_future_import_goes_before_all_others() -> None:
    text = '"""Doc."""\nimport a\n'
    done = mend(text, python.add_import("a.py", text.encode(), "from __future__ import annotations"))
    assert done == '"""Doc."""\nfrom __future__ import annotations\nimport a\n'
    with pytest.raises(EditImpossible):
        python.add_import("a.py", b"", "x = 1")


def statement(text: str, index: int = 0) -> ast.ImportFrom:
    return [node for node in ast.parse(text).body if isinstance(node, ast.ImportFrom)][index]


def test_reference_case_import_moves() -> None:
    text = (
        "from sqlmodel import create_engine\n"
        "from sqlmodel.ext.asyncio.session import AsyncEngine, AsyncSession\n"
    )
    move = python.move_import(
        "a.py", text.encode(), statement(text, 1), {"AsyncEngine": ("sqlalchemy.ext.asyncio", "AsyncEngine")}
    )
    assert mend(text, move) == (
        "from sqlmodel import create_engine\nfrom sqlmodel.ext.asyncio.session import AsyncSession\n"
        "from sqlalchemy.ext.asyncio import AsyncEngine\n"
    )
    drop = python.drop_import("a.py", text.encode(), statement(text, 0))
    assert mend(text, move, drop).startswith("from sqlmodel.ext")


def test_moved_name_keeps_the_name_that_the_code_uses() -> None:
    text = "from x import a, b as c\n"
    moved = python.move_import("a.py", text.encode(), statement(text), {"a": ("w", "z"), "b": ("w", "c")})
    assert mend(text, moved) == "from w import z as a, c\n"
    with pytest.raises(EditImpossible):
        python.move_import("a.py", text.encode(), statement(text), {"q": ("w", "z")})


LOCAL = [
    # used in functions only: moves into each outermost function
    (
        'from .b import y, z\n\ndef f():\n    """Doc."""\n    return y\n\nclass C:\n    def g(self):\n'
        "        def h():\n            return y(z)\n        return h\n",
        '\ndef f():\n    """Doc."""\n    from .b import y\n\n    return y\n\nclass C:\n    def g(self):\n'
        "        from .b import y, z\n\n        def h():\n            return y(z)\n        return h\n",
    ),
    ("from b import y as w\ndef f(): return w\n", "def f(): from b import y as w; return w\n"),
    ("from b import y\nx = y\ndef f(): return y\n", None),
    ("from b import y\n@y\ndef f(): return y\n", None),
    ("from b import y\ndef f(a=y): return y\n", None),
    ("from b import y\nclass A(y):\n    def f(self): return y\n", None),
    ("from b import y\ndef f(a: y): return y\n", None),
    ("from b import y\ng = lambda: y\ndef f(): return y\n", None),
    ("from b import y\ndef f(y): return y\ndef g(): return y\n", None),
    ("from b import y\n__all__ = ['y']\ndef f(): return y\n", None),
    ("from b import y\ndef f():\n    global y\n    return y\n", None),
    ("from b import y\ndef f(): pass\n", None),
    ("try:\n    from b import y\nexcept E:\n    pass\ndef f(): return y\n", None),
    (
        "from __future__ import annotations\nfrom b import y\ndef f(a: y) -> y:\n    return y(a)\n",
        "from __future__ import annotations\nfrom typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n"
        "    from b import y\ndef f(a: y) -> y:\n    from b import y\n\n    return y(a)\n",
    ),
    # a route's annotations are read at once, however they are written
    ("from __future__ import annotations\nfrom b import y\n@app.get('/')\ndef f(a: y): return y\n", None),
]


@pytest.mark.parametrize(("before", "after"), LOCAL)
def test_import_is_made_late_only_where_nothing_needs_it_at_once(before: str, after: str | None) -> None:
    nodes = [node for node in ast.walk(ast.parse(before)) if isinstance(node, ast.ImportFrom)]
    node = next(each for each in nodes if each.module == "b")
    edits = python.make_import_local("a.py", before.encode(), node)
    assert (None if edits is None else mend(before, *edits)) == after


def test_import_for_annotations_goes_under_type_checking() -> None:
    text = "from b import y, z\n\nclass A:\n    other: 'list[y]'\n\ndef f(): return z\n"
    edits = python.under_type_checking("a.py", text.encode(), statement(text), ["y"])
    assert edits is not None
    assert mend(text, *edits) == (
        "from b import z\nfrom typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from b import y\n"
        "\nclass A:\n    other: 'list[y]'\n\ndef f(): return z\n"
    )
    assert python.under_type_checking("a.py", text.encode(), statement(text)) is None
    guarded = "from typing import TYPE_CHECKING\nfrom b import y\nif TYPE_CHECKING:\n\timport q\nx: 'y'\n"
    edits = python.under_type_checking("a.py", guarded.encode(), statement(guarded, 1))
    assert edits is not None
    assert mend(guarded, *edits) == (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n\timport q\n\tfrom b import y\nx: 'y'\n"
    )
