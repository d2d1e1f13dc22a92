"""Make edits of a call's arguments: commas, comments and multi-line layouts stay right."""

import ast

from bootproof.edits.errors import EditImpossible
from bootproof.edits.making import edit, from_change
from bootproof.edits.slots import Slot, Slots, append, drop, insert, scan
from bootproof.edits.source import line_stop, span
from bootproof.model.edit import Edit


def replace_argument(file: str, text: bytes, call: ast.Call, name: str | int, value: str) -> Edit:
    """The edit that gives an argument another value: a keyword by name, a positional one by its index.

    Raises EditImpossible where the call has no such argument.
    """
    slots, nodes = _slots(file, text, call)
    index = _index(file, call, nodes, name)
    slot = slots.items[index]
    start = _value_start(text, slot) if isinstance(name, str) else slot.start
    return edit(file, text, start, slot.end, value)


def rename_argument(file: str, text: bytes, call: ast.Call, name: str, new: str) -> Edit:
    """The edit that passes a keyword argument under another name; raises EditImpossible where it is
    missing.
    """
    slots, nodes = _slots(file, text, call)
    start = slots.items[_index(file, call, nodes, name)].start
    return edit(file, text, start, start + len(name.encode()), new)


def add_argument(file: str, text: bytes, call: ast.Call, name: str | None, value: str) -> Edit:
    """The edit that passes one argument more: by keyword at the end, or (`name` None) behind the
    positional ones.

    Raises EditImpossible where the keyword is passed already.
    """
    slots, nodes = _slots(file, text, call)
    if name is not None and any(isinstance(node, ast.keyword) and node.arg == name for node in nodes):
        raise EditImpossible(f"`{file}:{call.lineno}`: `{name}` is passed already")
    code = value if name is None else f"{name}={value}"
    lone = nodes[0] if len(nodes) == 1 else None
    if isinstance(lone, ast.GeneratorExp) and span(text, lone, file)[0] == slots.inside - 1:
        # a bare generator must be the only argument: it needs brackets of its own beside another
        whole = text[slots.inside : slots.close].decode("utf-8", "surrogateescape")
        return edit(file, text, slots.inside, slots.close, f"({whole}), {code}")
    if name is None:
        index = next((i for i, node in enumerate(nodes) if isinstance(node, ast.keyword)), len(nodes))
        return from_change(file, text, insert(slots, index, code))
    return from_change(file, text, append(slots, code))


def drop_argument(file: str, text: bytes, call: ast.Call, name: str | int) -> Edit:
    """The edit that takes an argument out: a keyword by name, a positional one by its index.

    Raises EditImpossible where the call has no such argument.
    """
    slots, nodes = _slots(file, text, call)
    return from_change(file, text, drop(slots, _index(file, call, nodes, name)))


def drop_entry(file: str, text: bytes, held: ast.Dict, index: int) -> Edit:
    """The edit that takes an entry out of a dictionary that is written out.

    Raises EditImpossible where its entries cannot be told apart.
    """
    pairs = zip(held.keys, held.values, strict=True)
    whole = [(span(text, key if key is not None else value, file)[0], span(text, value, file)[1]) for key, value in pairs]
    slots = scan(text, span(text, held, file)[0], whole=whole)
    if len(slots.items) != len(whole):
        raise EditImpossible(f"`{file}:{held.lineno}`: the entries of this dictionary cannot be told apart")
    return from_change(file, text, drop(slots, index))


def _slots(file: str, text: bytes, call: ast.Call) -> tuple[Slots, list[ast.expr | ast.keyword]]:
    nodes: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    nodes.sort(key=lambda node: (node.lineno, node.col_offset))
    bracket = span(text, call.func, file)[1]
    while text[bracket : bracket + 1] != b"(":
        bracket = line_stop(text, bracket) if text[bracket : bracket + 1] == b"#" else bracket + 1
    slots = scan(text, bracket, whole=[span(text, node, file) for node in nodes])
    if len(slots.items) != len(nodes):
        raise EditImpossible(f"`{file}:{call.lineno}`: the arguments of this call cannot be told apart")
    return slots, nodes


def _index(file: str, call: ast.Call, nodes: list[ast.expr | ast.keyword], name: str | int) -> int:
    for index, node in enumerate(nodes):
        if isinstance(name, str):
            if isinstance(node, ast.keyword) and node.arg == name:
                return index
        elif name < len(call.args) and node is call.args[name]:
            return index
    raise EditImpossible(f"`{file}:{call.lineno}`: the call has no argument `{name}`")


def _value_start(text: bytes, slot: Slot) -> int:
    start = text.index(b"=", slot.start) + 1
    while text[start : start + 1] in (b" ", b"\t", b"\n", b"\r", b"\\"):
        start += 1
    return start
