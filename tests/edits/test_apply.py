"""Edits put into files: composition, conflicts, and import statements in every layout."""

import ast
from collections.abc import Sequence

import pytest

from bootproof.edits.apply import apply
from bootproof.edits.errors import EditConflict
from bootproof.edits.making import deleted, edit, moved
from bootproof.edits.source import span
from bootproof.model.edit import AnyEdit, Edit, ImportEdit


def mend(text: str, *edits: AnyEdit, file: str = "a.py") -> str:
    done = apply(edits, lambda _: text.encode())
    return done.get(file, text.encode()).decode()


def taking(text: str, names: Sequence[str], added: Sequence[str] = (), number: int = 0) -> ImportEdit:
    tree = ast.parse(text.encode())
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    statements.sort(key=lambda node: (node.lineno, node.col_offset))
    start, end = span(text.encode(), statements[number])
    return ImportEdit("a.py", start, end, tuple(names), tuple(added))


IMPORTS = [
    ("from x import a, b, c\n", ["b"], [], "from x import a, c\n"),
    ("from x import a, b, c\n", ["a", "c"], [], "from x import b\n"),
    ("from x import a as z, b\n", ["a"], [], "from x import b\n"),
    ("from x import a\ny = 1\n", ["a"], [], "y = 1\n"),
    ("from x import a  # noqa\ny = 1\n", ["a"], ["from w import a"], "from w import a  # noqa\ny = 1\n"),
    (
        "from x import a, b  # both\ny = 1\n",
        ["a"],
        ["from w import a"],
        "from x import b  # both\nfrom w import a\ny = 1\n",
    ),
    (
        "from x import (\n    a,  # first\n    b,  # second\n)\n",
        ["a"],
        [],
        "from x import (\n    b,  # second\n)\n",
    ),
    ("from x import (\n    a,\n    b\n)\n", ["b"], [], "from x import (\n    a,\n)\n"),
    ("from x import (a,\n               b,\n               c)\n", ["a"], [], None),
    ("from x import (a, b,\n               c)\n", ["b"], [], "from x import (a,\n               c)\n"),
    ("from x import (a,  # keep\n               c)\n", ["c"], [], None),
    ("from x import a, \\\n    b\n", ["b"], [], "from x import a\n"),
    ("from x import a, \\\n    b\n", ["a"], [], "from x import b\n"),
    ("from x import a, \\\n    b\nz = 1\n", ["a", "b"], ["import q"], "import q\nz = 1\n"),
    ("import os; from x import a; y = 1\n", ["a"], [], "import os; y = 1\n"),
    ("import os; from x import a\n", ["a"], [], "import os\n"),
    ("import os; from x import a\n", ["a"], ["from w import a"], "import os; from w import a\n"),
    ("from x import a;\ny = 1\n", ["a"], [], "y = 1\n"),
    (
        "try:\n\tfrom x import a\nexcept E:\n\ta = None\n",
        ["a"],
        [],
        "try:\n\tpass\nexcept E:\n\ta = None\n",
    ),
    (
        "try:\n    from x import a, b\nexcept E:\n    pass\n",
        ["a"],
        ["from w import a"],
        "try:\n    from x import b\n    from w import a\nexcept E:\n    pass\n",
    ),
    ("if T: from x import a\n", ["a"], [], "if T: pass\n"),
    ("if T: from x import a\n", ["a"], ["from w import a"], "if T: from w import a\n"),
    ("def f():\n    from x import a", ["a"], [], "def f():\n    pass"),
    ("from x import a, b", ["b"], ["from w import b"], "from x import a\nfrom w import b"),
    (
        "from x import a\r\ny = 1\r\n",
        [],
        ["from w import b"],
        "from x import a\r\nfrom w import b\r\ny = 1\r\n",
    ),
    ("\ufefffrom x import a\ny = 'é'\n", ["a"], [], "\ufeffy = 'é'\n"),
    ("\ufefffrom x import a, b\n", ["a"], ["from w import a"], "\ufefffrom x import b\nfrom w import a\n"),
    ("from x import *\n", ["*"], ["from x import a"], "from x import a\n"),
    ("from w import a\nfrom x import a\n", ["a"], ["from w import a"], None),
]


@pytest.mark.parametrize(("before", "names", "added", "after"), IMPORTS)
def test_import_statement_loses_names_and_keeps_its_layout(
    before: str, names: list[str], added: list[str], after: str | None
) -> None:
    number = 1 if before.startswith(("import os", "from w")) else 0
    mended = mend(before, taking(before, names, added, number))
    ast.parse(mended.removeprefix("\ufeff"))
    if after is not None:
        assert mended == after


def imported(text: str) -> set[tuple[str | None, str, str | None]]:
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)]
    return {(node.module, alias.name, alias.asname) for node in nodes for alias in node.names}


def test_fixes_of_one_statement_merge() -> None:
    text = "from sqlmodel import create_engine, AsyncEngine, Session\n"
    one = taking(text, ["create_engine"], ["from sqlalchemy.ext.asyncio import create_async_engine"])
    two = taking(text, ["AsyncEngine"], ["from sqlalchemy.ext.asyncio import AsyncEngine"])
    assert mend(text, one, two) == (
        "from sqlmodel import Session\nfrom sqlalchemy.ext.asyncio import create_async_engine, AsyncEngine\n"
    )
    assert imported(mend(text, one, two)) == imported(mend(text, two, one))
    assert mend(text, one, one) == mend(text, one)


def test_what_is_imported_already_is_not_imported_again() -> None:
    text = "from w import a\nfrom x import b, a as c\n"
    assert mend(text, taking(text, ["b"], ["from w import a, d"], 1)) == (
        "from w import a, d\nfrom x import a as c\n"
    )
    later = "from x import b\nfrom w import a\n"
    assert mend(later, taking(later, ["b"], ["from w import a"])) == "from w import a\n"
    too_late = "from x import a\nuse(a)\nfrom w import a\n"
    assert mend(too_late, taking(too_late, ["a"], ["from w import a"])).startswith("from w import a\nuse")


def test_import_that_loses_the_name_in_the_same_round_does_not_count() -> None:
    text = "from w import a\nfrom x import b\n"
    done = mend(text, taking(text, ["a"]), taking(text, ["b"], ["from w import a"], 1))
    assert done == "from w import a\n"


def test_import_added_by_a_plain_edit_is_not_repeated_but_a_late_one_does_not_count() -> None:
    text = "from x import a, b\ndef f(): return b\n"
    take = taking(text, ["a"], ["from w import a"])
    assert mend(text, take, Edit("a.py", 19, 19, "", "from w import a\n")).count("from w import a") == 1
    late = Edit("a.py", 28, 28, "", "from w import a; ")
    assert mend(text, take, late).count("from w import a") == 2


def test_function_sees_the_import_of_the_module_not_of_another_function() -> None:
    text = "from w import a\ndef f():\n    from x import a\n    return a\n"
    assert "pass" not in mend(text, taking(text, ["a"], ["from w import a"], 1))
    other = "def g():\n    from w import a\ndef f():\n    from x import a\n    return a\n"
    assert mend(other, taking(other, ["a"], ["from w import a"], 1)).count("from w import a") == 2


def test_block_that_loses_every_statement_gets_one_pass() -> None:
    text = "if T:\n    from x import a\n    from y import b\nz = 1\n"
    assert mend(text, taking(text, ["a"]), taking(text, ["b"], (), 1)) == "if T:\n    pass\nz = 1\n"
    inline = "if T: from x import a; from y import b\n"
    ast.parse(mend(inline, taking(inline, ["a"]), taking(inline, ["b"], (), 1)))


def test_name_that_is_not_imported_is_a_conflict() -> None:
    text = "from x import a\n"
    with pytest.raises(EditConflict, match="does not import `b`"):
        mend(text, taking(text, ["b"]))
    with pytest.raises(EditConflict):
        mend("y = 12345678901\n", taking(text, ["a"]))


def test_file_that_newer_python_alone_can_read_is_still_edited() -> None:
    text = "from x import a, b\nmatch ?\n"
    assert mend(text, ImportEdit("a.py", 0, 18, ("a",))) == "from x import b\nmatch ?\n"


def test_overlap_is_a_conflict_and_touching_is_not() -> None:
    text = "abcdef"
    with pytest.raises(EditConflict):
        mend(text, Edit("a", 0, 3, "abc", "x"), Edit("a", 2, 4, "cd", "y"), file="a")
    with pytest.raises(EditConflict):
        mend(text, Edit("a", 0, 3, "abc", "x"), Edit("a", 2, 2, "", "y"), file="a")
    touching = [Edit("a", 0, 3, "abc", "x"), Edit("a", 3, 6, "def", "y"), Edit("a", 3, 3, "", "-")]
    assert mend(text, *touching, file="a") == "x-y"


@pytest.mark.parametrize(
    "edit", [Edit("a", 0, 3, "abX", ""), Edit("a", 4, 9, "ef", ""), Edit("a", 2, 1, "", "")]
)
def test_text_that_is_not_what_the_fix_expects_is_a_conflict(edit: Edit) -> None:
    with pytest.raises(EditConflict):
        mend("abcdef", edit, file="a")


def test_removals_that_overlap_are_united() -> None:
    text = "abcdef"
    assert mend(text, Edit("a", 0, 3, "abc", ""), Edit("a", 2, 4, "cd", ""), file="a") == "ef"
    assert mend(text, Edit("a", 0, 5, "abcde", ""), Edit("a", 2, 4, "cd", ""), file="a") == "f"


def test_insertions_at_one_place_keep_their_order() -> None:
    edits = [Edit("a.txt", 1, 1, "", word) for word in ("é?", "β!", "1-")]
    assert mend("ab", *edits, file="a.txt") == "aé?β!1-b"


def test_file_is_created_once_and_never_over_another() -> None:
    create = Edit("new/.env", 0, 0, "", "A=1\n", creates=True)
    assert apply([create, create], lambda _: None) == {"new/.env": b"A=1\n"}
    with pytest.raises(EditConflict, match="there already"):
        apply([create], lambda _: b"B=2\n")
    with pytest.raises(EditConflict, match="no such file"):
        apply([Edit("new/.env", 0, 0, "", "A=1\n")], lambda _: None)


def test_result_that_does_not_parse_is_a_conflict() -> None:
    with pytest.raises(EditConflict, match="does not parse"):
        mend("x = 1\n", Edit("a.py", 4, 5, "1", "("))
    assert mend("x = \n", Edit("a.py", 4, 4, "", "(")) == "x = (\n"
    with pytest.raises(EditConflict, match="does not parse"):
        mend("x = 1\n", Edit("a.toml", 4, 5, "1", "["), file="a.toml")


def test_latin_1_file_keeps_its_encoding() -> None:
    text = "# -*- coding: latin-1 -*-\nx = 'é'; y = 1\n".encode("latin-1")
    node = ast.parse(text).body[1]
    start, end = span(text, node)
    assert text[start:end] == b"y = 1"
    assert apply([Edit("a.py", start, end, "y = 1", "y = 'ü'")], lambda _: text)["a.py"] == (
        "# -*- coding: latin-1 -*-\nx = 'é'; y = 'ü'\n".encode("latin-1")
    )
    with pytest.raises(EditConflict, match="cannot hold"):
        apply([Edit("a.py", start, end, "y = 1", "y = '€'")], lambda _: text)


def test_two_wrappings_that_end_alike_stay_two() -> None:
    one = [Edit("a.py", 4, 4, "", "str("), Edit("a.py", 5, 5, "", ")")]
    two = [Edit("a.py", 4, 4, "", "("), Edit("a.py", 5, 5, "", ")")]
    assert mend("x = y\n", *one, *two) == "x = str((y))\n"


def test_requirement_declared_by_two_fixes_stands_once() -> None:
    text = "fastapi\npsycopg2\n"
    behind, at_end = Edit("r.txt", 8, 8, "", "asyncpg\n"), Edit("r.txt", 17, 17, "", "asyncpg>=0.29\n")
    assert mend(text, behind, at_end, file="r.txt") == "fastapi\npsycopg2\nasyncpg>=0.29\n"
    swapped = Edit("r.txt", 8, 16, "psycopg2", "asyncpg>=0.30")
    assert mend(text, at_end, swapped, file="r.txt") == "fastapi\nasyncpg>=0.30\n"


def test_file_moves_and_goes_byte_for_byte() -> None:
    text = "# né\r\nLEVEL = 1\r\n".encode()
    assert apply(moved("logging.py", text, "app_logging.py"), {"logging.py": text}.get) == {
        "app_logging.py": text,
        "logging.py": None,
    }
    assert apply([deleted("a/__init__.py", b"")], {"a/__init__.py": b""}.get) == {"a/__init__.py": None}


def test_file_that_goes_is_changed_by_no_other_fix() -> None:
    text = b"LEVEL = 1\n"
    with pytest.raises(EditConflict):
        apply([deleted("a.py", text), edit("a.py", text, 0, 5, "LOUD")], {"a.py": text}.get)
    with pytest.raises(EditConflict):
        apply([deleted("a.py", text)], {"a.py": b"LEVEL = 2\n"}.get)
