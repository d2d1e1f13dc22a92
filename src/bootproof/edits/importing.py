"""ImportEdits of one file as changes: merged by statement, without duplicates, blocks never left empty."""

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bootproof.edits.errors import EditConflict
from bootproof.edits.names import parse_import, without
from bootproof.edits.slots import Change, insert, scan
from bootproof.edits.source import (
    blank,
    decode,
    encode,
    indentation,
    line_ending,
    line_start,
    line_stop,
    new_lines,
    next_line,
    parse,
    rest_is_comment,
    span,
)
from bootproof.model.edit import Edit, ImportEdit

_Import = ast.Import | ast.ImportFrom
_Bound = tuple[int, str, str, str | None]  # level, module, name, as-name


@dataclass
class _Merged:
    """What is wanted of one statement. `block` are the statements it stands among, `nested` says: in a
    function.
    """

    start: int
    end: int
    names: set[str] = field(default_factory=set)
    added: list[str] = field(default_factory=list)
    block: Sequence[ast.stmt] = ()
    index: int = 0
    nested: bool = False
    kept: str | None = None  # the statement without the names; None where it goes


def import_changes(file: str, text: bytes, edits: Iterable[ImportEdit], others: Iterable[Edit]) -> list[Change]:
    """The changes that ImportEdits come to. `others` are the file's plain edits: what they import is
    not repeated.

    Raises EditConflict where no import statement, or not such a name, stands at an edit's place.
    """
    tree = parse(text)
    merged = _merge(edits)
    places = _places(text, tree) if tree is not None else {}
    for each in merged:
        _check(file, text, each)
        if tree is not None:
            if (each.start, each.end) not in places:
                raise EditConflict(file, each.start, "no import statement stands here")
            each.block, each.index, each.nested = places[each.start, each.end]
    if tree is not None:
        _drop_known(text, tree, merged, others)
    changes: list[Change] = []
    for each in merged:
        each.added = _joined(each.added)
        if tree is not None:
            changes += _into_existing(file, text, tree, each, merged)
    gone = {(each.start, each.end) for each in merged if each.kept is None and not each.added}
    for each in merged:
        for start, end, new in _lay_out(file, text, each, _needs_pass(text, each, gone)):
            changes.append(Change(start, end, encode(file, new, text)))
    return changes


def _merge(edits: Iterable[ImportEdit]) -> list[_Merged]:
    by_place: dict[tuple[int, int], _Merged] = {}
    for edit in edits:
        each = by_place.setdefault((edit.start, edit.end), _Merged(edit.start, edit.end))
        each.names.update(edit.names)
        each.added += [added.strip() for added in edit.added if added.strip() not in each.added]
    return [by_place[place] for place in sorted(by_place)]


def _check(file: str, text: bytes, each: _Merged) -> None:
    if not 0 <= each.start < each.end <= len(text):
        raise EditConflict(file, each.start, "no import statement stands here")
    statement = decode(file, text[each.start : each.end], text)
    try:
        each.kept = without(statement, each.names)
    except KeyError as missing:
        raise EditConflict(file, each.start, f"the statement does not import `{missing.args[0]}`") from None
    except ValueError as reason:
        raise EditConflict(file, each.start, str(reason)) from None


def _places(text: bytes, tree: ast.Module) -> dict[tuple[int, int], tuple[Sequence[ast.stmt], int, bool]]:
    """Each import statement's span: its block, its place there, whether a function holds it."""
    found: dict[tuple[int, int], tuple[Sequence[ast.stmt], int, bool]] = {}

    def visit(node: ast.AST, nested: bool) -> None:
        nested = nested or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for _, value in ast.iter_fields(node):
            if not isinstance(value, list):
                continue
            for index, child in enumerate(value):
                if isinstance(child, _Import):
                    found[span(text, child)] = value, index, nested
                elif isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
                    visit(child, nested)

    visit(tree, False)
    return found


def _bound(node: _Import) -> list[_Bound]:
    if isinstance(node, ast.Import):
        return [(0, "", alias.name, alias.asname) for alias in node.names]
    return [(node.level, node.module or "", alias.name, alias.asname) for alias in node.names]


def _drop_known(text: bytes, tree: ast.Module, merged: list[_Merged], others: Iterable[Edit]) -> None:
    """Take out of `added` what the module imports already, in a place where it serves."""
    wanted = {(each.start, each.end): each for each in merged}
    known: list[tuple[_Bound, Sequence[ast.stmt], int]] = []  # what is imported, and where
    for place, (block, index, _) in _places(text, tree).items():
        node = block[index]
        assert isinstance(node, _Import)
        lost = wanted[place].names if place in wanted else set()
        known += [(bound, block, index) for bound in _bound(node) if bound[2] not in lost]
    for edit in others:
        # a whole line at module level; not a late import in some function
        own_line = edit.start == edit.end and edit.new.strip(" \t") != edit.new.strip()
        node_added = parse_import(edit.new) if own_line else None
        if node_added is not None and edit.new.lstrip("\r\n") == edit.new.lstrip():
            index = sum(span(text, statement)[0] < edit.start for statement in tree.body)
            known += [(bound, tree.body, index) for bound in _bound(node_added)]
    for each in merged:
        left: list[str] = []
        for added in each.added:
            node_added = parse_import(added)
            if node_added is None:
                left.append(added)
                continue
            here = [bound for bound, block, index in known if _serves(tree, block, index, each)]
            missing = [bound for bound in _bound(node_added) if bound not in here]
            if missing:
                left.append(added if len(missing) == len(node_added.names) else _written(node_added, missing))
                known += [(bound, each.block, each.index) for bound in missing]
        each.added = left


def _serves(tree: ast.Module, block: Sequence[ast.stmt], index: int, each: _Merged) -> bool:
    """Whether an import at `block[index]` has run where the statement of `each` stands."""
    if block is each.block:
        between = block[each.index : index]
        return index <= each.index or all(isinstance(node, _Import) for node in between)
    if block is not tree.body:
        return False
    line = block[min(index, len(block) - 1)].lineno
    return each.nested or line < each.block[each.index].lineno


def _into_existing(file: str, text: bytes, tree: ast.Module, each: _Merged, merged: Sequence[_Merged]) -> list[Change]:
    """The changes that put added names into statements of the file that import from the same module.

    Only into whole statements that no other edit touches, and that have run where the names are needed.
    """
    changed = {(one.start, one.end) for one in merged}
    left: list[str] = []
    changes: list[Change] = []
    for added in each.added:
        wanted = parse_import(added)
        into = None
        if isinstance(wanted, ast.ImportFrom) and each.block is tree.body:
            into = next(
                (
                    node
                    for index, node in enumerate(tree.body)
                    if isinstance(node, ast.ImportFrom)
                    and (node.module, node.level) == (wanted.module, wanted.level)
                    and node.names[0].name != "*"
                    and span(text, node, file) not in changed
                    and _serves(tree, tree.body, index, each)
                ),
                None,
            )
        if into is None or not isinstance(wanted, ast.ImportFrom):
            left.append(added)
            continue
        for alias in wanted.names:
            changes.append(_name_into(file, text, into, alias))
    each.added = left
    return changes


def _name_into(file: str, text: bytes, node: ast.ImportFrom, alias: ast.alias) -> Change:
    """The change that adds one name to a statement, in its place where the names are sorted, else at the end."""
    code = alias.name if alias.asname is None else f"{alias.name} as {alias.asname}"
    names = [one.name for one in node.names]
    order = next((key for key in (str, str.casefold) if names == sorted(names, key=key)), None)
    index = len(names)
    if order is not None:
        index = next((at for at, name in enumerate(names) if order(alias.name) < order(name)), len(names))
    places = [span(text, one, file) for one in node.names]
    bracket = text.find(b"(", span(text, node, file)[0], places[0][0])
    if bracket >= 0:
        return insert(scan(text, bracket), index, code)
    if index < len(places):
        return Change(places[index][0], places[index][0], encode(file, f"{code}, ", text))
    return Change(places[-1][1], places[-1][1], encode(file, f", {code}", text))


def _written(node: _Import, bound: Sequence[_Bound]) -> str:
    names = ", ".join(name if alias is None else f"{name} as {alias}" for _, _, name, alias in bound)
    if isinstance(node, ast.Import):
        return f"import {names}"
    return f"from {'.' * node.level}{node.module or ''} import {names}"


def _joined(added: list[str]) -> list[str]:
    """Added one-line statements that import from the same module become one."""
    result: list[str] = []
    modules: dict[tuple[int, str], int] = {}
    for statement in added:
        node = parse_import(statement)
        if not isinstance(node, ast.ImportFrom) or _written(node, _bound(node)) != statement:
            result.append(statement)
            continue
        module = node.level, node.module or ""
        if module in modules:
            first = parse_import(result[modules[module]])
            assert first is not None  # it was parsed when it was put there
            bound = [*_bound(first), *(each for each in _bound(node) if each not in _bound(first))]
            result[modules[module]] = _written(first, bound)
        else:
            modules[module] = len(result)
            result.append(statement)
    return result


def _needs_pass(text: bytes, each: _Merged, gone: set[tuple[int, int]]) -> bool:
    """Whether `each` must leave a `pass`: it is the last of a block that loses every statement."""
    if not each.block:  # the file does not parse here: a nested `pass` never harms
        return text[line_start(text, each.start) : each.start] != b""
    spans = [span(text, node) for node in each.block]
    if any(place not in gone for place in spans) or each.index != len(spans) - 1:
        return False
    return line_start(text, each.start) != each.start  # a module may be empty


def _lay_out(file: str, text: bytes, each: _Merged, needs_pass: bool) -> list[tuple[int, int, str]]:
    before = text[line_start(text, each.start) : each.start]
    after = text[each.end : line_stop(text, each.end)]
    lone_end = after.lstrip(b" \t").removeprefix(b";")
    if not blank(before) or not (rest_is_comment(after) or blank(lone_end)):
        return _lay_out_inline(text, each, needs_pass, before, after, file)
    end = each.end if rest_is_comment(after) else line_stop(text, each.end)
    between = line_ending(text) + indentation(text, each.start)
    if each.kept is None:
        if each.added:
            return [(each.start, end, between.join(each.added))]
        if needs_pass:
            return [(each.start, end, "pass")]
        return [(line_start(text, each.start), next_line(text, each.end), "")]
    changes = [(each.start, each.end, each.kept)] if each.names else []
    if each.added:
        place, lines = new_lines(text, each.end, indentation(text, each.start) + between.join(each.added))
        changes.append((place, place, lines))
    return changes


def _lay_out_inline(
    text: bytes, each: _Merged, needs_pass: bool, before: bytes, after: bytes, file: str
) -> list[tuple[int, int, str]]:
    """A statement that shares its line with others, or with the head of its block."""
    joined = "; ".join(each.added)
    if each.kept is not None:
        # behind a whole statement nothing but an insertion, so that neighbours can change too
        changes = [(each.start, each.end, each.kept)] if each.names else []
        return [*changes, (each.end, each.end, f"; {joined}")] if joined else changes
    if joined or needs_pass:
        return [(each.start, each.end, joined or "pass")]
    following = after.lstrip(b" \t")
    if following.startswith(b";") and not rest_is_comment(following[1:]):
        rest = following[1:].lstrip(b" \t")
        return [(each.start, line_stop(text, each.end) - len(rest), "")]
    leading = before.rstrip(b" \t")
    if leading.endswith(b";"):
        return [(each.start - len(before) + len(leading) - 1, each.end, "")]
    return [(each.start, each.end, "pass")]
