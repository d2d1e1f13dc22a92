"""Laws of edits: order does not matter, line maps agree with the text, a subset is a subset."""

import ast
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from bootproof.edits.apply import apply
from bootproof.edits.lines import LineMap
from bootproof.edits.source import span
from bootproof.model.edit import AnyEdit, Edit, ImportEdit

pieces = st.lists(
    st.text(st.sampled_from(list("abé \t\r\nüβ😀")), min_size=1, max_size=6), min_size=1, max_size=12
)


@settings(deadline=None)
@given(pieces, st.data())
def test_any_subset_of_separate_edits_composes_in_any_order(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts)
    edits: list[Edit] = []
    expected: list[str] = []
    place = 0
    for number, part in enumerate(parts):
        end = place + len(part.encode())
        what = data.draw(st.sampled_from(["keep", "replace", "remove", "insert"]))
        new = f"<{number}ß\n>" if what in ("replace", "insert") else ""
        if what in ("replace", "remove"):
            edits.append(Edit("f.txt", place, end, part, new))
            expected.append(new)
        else:
            if what == "insert":
                edits.append(Edit("f.txt", place, place, "", new))
            expected.append(new + part)
        place = end
    data.draw(st.randoms()).shuffle(edits)
    done = apply(edits, lambda _: text.encode())
    assert done.get("f.txt", text.encode()).decode() == "".join(expected)


ENDINGS = st.sampled_from(["\n", "\r\n"])


@settings(deadline=None)
@given(st.integers(1, 30), ENDINGS, st.booleans(), st.data())
def test_lines_map_back_and_forth(count: int, ending: str, last_end: bool, data: st.DataObject) -> None:
    lines = [f"line {number}" for number in range(1, count + 1)]
    text = ending.join(lines) + (ending if last_end else "")
    edits: list[Edit] = []
    place = 0
    for number, line in enumerate(lines, 1):
        whole = len(line) + (len(ending) if number < count or last_end else 0)
        what = data.draw(st.sampled_from(["keep", "keep", "drop", "above", "inside", "grow"]))
        if what == "drop":
            edits.append(Edit("f", place, place + whole, text[place : place + whole], ""))
        elif what == "above":
            edits.append(Edit("f", place, place, "", f"new{ending}new{ending}"))
        elif what == "inside":
            edits.append(Edit("f", place + 4, place + 5, " ", "_"))
        elif what == "grow":
            edits.append(Edit("f", place, place + len(line), line, f"{line}{ending}more"))
        place += whole
    done = apply(edits, lambda _: text.encode()).get("f", text.encode()).decode().split(ending)
    mapped = LineMap.of("f", text.encode(), edits)
    for number, line in enumerate(done, 1):
        if line.startswith("line") and line[5:].isdecimal():
            original = int(line[5:])
            assert mapped.original(number) == original
            assert mapped.mended(original) == number
    originals = [mapped.original(number) for number in range(1, len(done) + 1)]
    assert originals == sorted(originals)
    assert all(1 <= number <= len(text.split(ending)) for number in originals)


def test_line_of_a_replaced_import_maps_to_the_import() -> None:
    text = b"import os\nfrom x import (\n    a,\n    b,\n)\n\nuse(a)\n"
    node = ast.parse(text).body[1]
    edit = ImportEdit("f.py", *span(text, node), ("a",), ("from w import a",))
    mapped = LineMap.of("f.py", text, [edit, Edit("other.py", 0, 0, "", "\n\n")])
    done = apply([edit], lambda _: text)["f.py"].decode().splitlines()
    assert mapped.original(done.index("use(a)") + 1) == 7
    assert mapped.original(done.index("from w import a") + 1) in (5, 6)
    assert mapped.mended(7) == done.index("use(a)") + 1
    assert mapped.original(999) == 8


MODULES = ["x", "y", "z.q"]
NAMES = list("abcd")


@st.composite
def programs(draw: st.DrawFn) -> str:
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 5))):
        module = draw(st.sampled_from(MODULES))
        names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
        form = draw(st.integers(0, 6))
        comment = draw(st.sampled_from(["", "  # é, (x", "  # noqa"]))
        joined = ", ".join(names)
        if form == 0:
            lines.append(f"from {module} import {joined}{comment}")
        elif form == 1:
            inner = "".join(f"    {name},{comment}\n" for name in names)
            lines.append(f"from {module} import (\n{inner})")
        elif form == 2:
            lines.append(f"from {module} import ({comment}\n    {joined}\n)")
        elif form == 3:
            lines.append(f"from {module} import " + ", \\\n    ".join(names))
        elif form == 4:
            lines.append(f"k = 1; from {module} import {joined}; m = 2{comment}")
        elif form == 5:
            lines.append(f"try:\n\tfrom {module} import {joined}{comment}\nexcept E: from z import a")
        else:
            lines.append(f"def f():\n    from {module} import ({joined},{comment}\n  )")
    ending = draw(st.sampled_from(["\n", "\r\n"]))
    text = "\n".join(lines) + draw(st.sampled_from(["", "\n"]))
    return draw(st.sampled_from(["", "\ufeff"])) + text.replace("\n", ending)


def imported(text: bytes) -> list[tuple[str | None, str]]:
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)]
    return [(node.module, alias.name) for node in nodes for alias in node.names]


@settings(max_examples=200, deadline=None)
@given(programs(), st.data())
def test_any_names_of_any_imports_move_and_nothing_else_does(text: str, data: st.DataObject) -> None:
    source = text.encode()
    edits: list[AnyEdit] = []
    expected: list[tuple[str | None, str]] = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ImportFrom):
            continue
        for alias in node.names:
            what = data.draw(st.sampled_from(["keep", "drop", "move"]))
            if what == "keep":
                expected.append((node.module, alias.name))
                continue
            added = (f"from w import {alias.name}",) if what == "move" else ()
            edits.append(ImportEdit("f.py", *span(source, node), (alias.name,), added))
            expected += [("w", alias.name)] if added else []
    random.Random(1).shuffle(edits)
    done = apply(edits, lambda _: source).get("f.py", source)
    found = imported(done)
    kept = sorted(each for each in found if each[0] != "w")
    assert kept == sorted(each for each in expected if each[0] != "w")
    assert {each for each in found if each[0] == "w"} == {each for each in expected if each[0] == "w"}
    other = [line for line in (b"k = 1", b"m = 2", b"except E") if line in source]
    assert all(line in done for line in other)
    assert (b"\r\n" in source) or b"\r" not in done
    if b"\r\n" in source:
        assert done.count(b"\r\n") == done.count(b"\n")
