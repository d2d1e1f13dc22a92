"""Annotations for attributes of pydantic models that have none: what their values say, what their base said."""

import ast
import builtins

from bootproof.model.facts import Facts
from bootproof.rules.reading import dotted_name, keyword, named
from bootproof.rules.settings._definitions import Definition, fields_of


def unannotated(definition: Definition) -> list[tuple[ast.Assign, ast.Name]]:
    """The attributes that pydantic asks an annotation for: plain values; others only where its error names them."""
    found = []
    for each in definition.node.body:
        if not isinstance(each, ast.Assign) or len(each.targets) != 1 or not isinstance(each.targets[0], ast.Name):
            continue
        target = each.targets[0]
        if target.id.startswith("_") or target.id == "model_config" or isinstance(each.value, ast.Lambda):
            continue
        # no attribute of the error carries the name: the quoted one is taken as data
        message = definition.failure.message
        if annotation(each.value) or f"`{target.id} = " in message or f"'{target.id}'" in message:
            found.append((each, target))
    return found


def wanted(facts: Facts, definition: Definition, name: str, value: ast.expr) -> str:
    """The annotation of the base that the attribute overrides, else that of its value; "" where neither tells."""
    held = fields_of(facts, definition.file, definition.node).get(name)
    if held is not None:
        names = [each.id for each in ast.walk(held[1].annotation) if isinstance(each, ast.Name)]
        known = all(each in dir(builtins) or named(facts, definition.file, each) for each in names)
        if held[0] == definition.file or known:
            return ast.unparse(held[1].annotation)
    return annotation(value)


def annotation(value: ast.expr) -> str:
    """The type of a plain value as code, "" where the value does not tell."""
    if isinstance(value, ast.Call) and dotted_name(value.func).rpartition(".")[2] == "Field":
        default = value.args[0] if value.args else keyword(value, "default")
        made = keyword(value, "default_factory")
        return annotation(default) if default is not None else (dotted_name(made) if isinstance(made, ast.Name) else "")
    if isinstance(value, ast.Constant):
        return type(value.value).__name__ if isinstance(value.value, bool | int | float | str | bytes) else ""
    if isinstance(value, ast.JoinedStr):
        return "str"
    if isinstance(value, ast.UnaryOp):
        return "bool" if isinstance(value.op, ast.Not) else annotation(value.operand)
    if isinstance(value, ast.BinOp):
        sides = {annotation(value.left), annotation(value.right)}
        if sides <= {"int", "float"}:
            return "float" if "float" in sides or isinstance(value.op, ast.Div) else "int"
        return "str" if sides == {"str"} else ""
    if isinstance(value, ast.List | ast.Set):
        return _collection("list" if isinstance(value, ast.List) else "set", value.elts)
    if isinstance(value, ast.Tuple):
        kinds = [annotation(each) for each in value.elts]
        return f"tuple[{', '.join(kinds)}]" if kinds and all(kinds) else "tuple"
    if isinstance(value, ast.Dict):
        values = {annotation(each) for each in value.values}
        keys = {annotation(each) if each is not None else "" for each in value.keys}
        return f"dict[{keys.pop()}, {values.pop()}]" if len(keys) == len(values) == 1 and all(keys | values) else "dict"
    return ""


def _collection(kind: str, items: list[ast.expr]) -> str:
    kinds = {annotation(each) for each in items}
    return f"{kind}[{kinds.pop()}]" if len(kinds) == 1 and all(kinds) else kind
