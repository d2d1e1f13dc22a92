"""Where a value comes from: followed from an expression to the variables and literals that give it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from bootproof.model.facts import Facts
from bootproof.model.project import GIVEN, SettingField, SettingValue
from bootproof.rules.reading import (
    DEPTH,
    Function,
    assigned,
    covers,
    dotted_name,
    function_at,
    keyword,
    lineage,
    meaning,
    outside,
    text_of,
    top_level,
)

_NONE_READERS = frozenset({"os.getenv", "os.environ.get"})
_READERS = frozenset({"os.environ.pop", "decouple.config"})
_COMPOSED = frozenset({"drivername", "scheme"})


@dataclass(frozen=True)
class Origin:
    """One source of a value: a variable that is read, or a string literal of the code (`node`).

    `bare`: the read gives None where nothing sets the variable. `parts`: the literal is only the head of an
    f-string or of a sum, or the scheme argument of a URL built from parts.
    """

    file: str
    node: ast.AST
    variables: tuple[str, ...] = ()
    bare: bool = False
    parts: bool = False
    field: SettingField | None = None

    @property
    def line(self) -> int:
        """The line where the variable is read, or the literal stands."""
        return self.field.line if self.field else getattr(self.node, "lineno", 1)

    @property
    def place(self) -> str:
        """The file where the variable is read, or the literal stands."""
        return self.field.file if self.field else self.file


def origins(facts: Facts, file: str, node: ast.AST | None, depth: int = 0) -> Iterator[Origin]:
    """Every variable and literal that may give the value of an expression, in the order of reading."""
    if node is None or depth > DEPTH:
        return
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield Origin(file, node)
    elif isinstance(node, ast.JoinedStr):
        for index, part in enumerate(node.values):
            if isinstance(part, ast.Constant) and index == 0:
                yield Origin(file, part, parts=True)
            elif isinstance(part, ast.FormattedValue):
                yield from origins(facts, file, part.value, depth + 1)
    elif isinstance(node, ast.BinOp):
        yield from origins(facts, file, node.left, depth + 1)
        yield from origins(facts, file, node.right, depth + 1)
    elif isinstance(node, ast.BoolOp):
        for each in node.values:
            yield from origins(facts, file, each, depth + 1)
    elif isinstance(node, ast.IfExp):
        yield from origins(facts, file, node.body, depth + 1)
        yield from origins(facts, file, node.orelse, depth + 1)
    elif isinstance(node, ast.Subscript):
        name = text_of(node.slice)
        if name and outside(facts, file, node.value) == "os.environ":
            yield Origin(file, node, (name,))
    elif isinstance(node, ast.Name | ast.Attribute):
        yield from _of_name(facts, file, node, depth)
    elif isinstance(node, ast.Call):
        yield from _of_call(facts, file, node, depth)


def _of_call(facts: Facts, file: str, node: ast.Call, depth: int) -> Iterator[Origin]:
    function = outside(facts, file, node.func)
    name = text_of(node.args[0]) if node.args else None
    if function in _NONE_READERS and name:
        default = node.args[1] if len(node.args) > 1 else keyword(node, "default")
        nothing = default is None or (isinstance(default, ast.Constant) and default.value is None)
        yield Origin(file, node, (name,), bare=nothing)
        yield from origins(facts, file, default, depth + 1)
        return
    if name and (function in _READERS or _is_reader(facts, file, node.func)):
        default = keyword(node, "default") or (node.args[1] if len(node.args) > 1 else None)
        yield Origin(file, node, (name,))
        yield from origins(facts, file, default, depth + 1)
        return
    composed = next((each.value for each in node.keywords if each.arg in _COMPOSED), None)
    if composed is None and function in (
        "sqlalchemy.URL.create",
        "sqlalchemy.engine.URL.create",
        "sqlalchemy.engine.url.URL.create",
    ):
        composed = node.args[0] if node.args else None
    if composed is not None:
        for each in origins(facts, file, composed, depth + 1):
            yield Origin(each.file, each.node, each.variables, each.bare, True, each.field)
        for other in node.keywords:
            if other.value is not composed:
                yield from origins(facts, file, other.value, depth + 1)
        return
    made = meaning(facts, file, node.func)
    if made is not None and isinstance(made.node, Function) and made.file:
        for returned in ast.walk(made.node):
            if isinstance(returned, ast.Return):
                yield from origins(facts, made.file, returned.value, depth + 1)
        return
    if isinstance(node.func, ast.Attribute):  # value.replace(…), value.get_secret_value()
        yield from origins(facts, file, node.func.value, depth + 1)
    replaces = isinstance(node.func, ast.Attribute) and node.func.attr == "replace"
    for argument in node.args[1:2] if replaces else node.args:  # str(value), make_url(value), Secret(value)
        yield from origins(facts, file, argument, depth + 1)


def _is_reader(facts: Facts, file: str, function: ast.expr) -> bool:
    base = function.value if isinstance(function, ast.Attribute) else function
    found = meaning(facts, file, base)
    if found is None or not isinstance(found.node, ast.Call):
        return False
    made = outside(facts, found.file, found.node.func)
    return made in (
        "environs.Env",
        "environ.Env",
        "starlette.config.Config",
        "decouple.Config",
        "decouple.AutoConfig",
    )


def _of_name(facts: Facts, file: str, node: ast.Name | ast.Attribute, depth: int) -> Iterator[Origin]:
    local = list(_local(facts, file, node)) if isinstance(node, ast.Name) else []
    if local:
        for value in local:
            yield from origins(facts, file, value, depth + 1)
        return
    found = meaning(facts, file, node)
    if found is not None and isinstance(found.node, ast.expr):
        if found.node is not node:
            before = node if found.file == file and isinstance(node, ast.Name) else None
            for value in _given(facts, found.file, found.name, before) or [found.node]:
                yield from origins(facts, found.file, value, depth + 1)
        return
    if isinstance(node, ast.Attribute):
        yield from _of_attribute(facts, file, node, depth)


def _given(facts: Facts, file: str, name: str, before: ast.Name | None) -> list[ast.expr]:
    """What a module gives a name, in order: `URL = getenv(…)`, then `URL = URL.replace(…)`.

    Where the name is used in the module's own body only what stands before that counts.
    """
    tree = facts.syntax(file)
    given = [value for each in top_level(tree.body if tree else []) for known, value in assigned(each) if known == name]
    if before is None or tree is None or function_at(tree, before.lineno) is not None:
        return given
    return [value for value in given if (value.end_lineno or value.lineno) < before.lineno]


def _local(facts: Facts, file: str, node: ast.Name) -> Iterator[ast.expr]:
    tree = facts.syntax(file)
    function = function_at(tree, node.lineno) if tree is not None else None
    for each in ast.walk(function) if function is not None else ():
        if isinstance(each, ast.stmt) and not covers(each, node.lineno):
            yield from (value for name, value in assigned(each) if name == node.id)


def _of_attribute(facts: Facts, file: str, node: ast.Attribute, depth: int) -> Iterator[Origin]:
    """`settings.DATABASE_URL`: the field of a settings class, a property of it, or a class attribute."""
    owner = own_class(facts, file, node.value)
    above = {(place, each.name) for place, each in lineage(facts, *owner)} if owner else set()
    fields = [each for each in facts.project.fields if each.name == node.attr and each.owner]
    exact = [each for each in fields if (each.file, each.owner) in above]
    held = None if exact or owner is None else _in_class(*owner, node.attr)
    if held is not None:
        yield from origins(facts, *held, depth + 1)
        return
    for each in (exact or fields)[:1]:
        default = _default(facts, each)
        nothing = isinstance(default, ast.Constant) and default.value is None
        yield Origin(file, node, each.variables or (each.name,), bare=nothing, field=each)
        if default is not None:
            yield from origins(facts, each.file, default, depth + 1)


def _in_class(file: str, body: ast.ClassDef, name: str) -> tuple[str, ast.expr] | None:
    """What an attribute of an own class is given: by assignment, by a property, by a method on `self`."""
    for statement in body.body:
        for target, value in assigned(statement):
            if target == name:
                return file, value
        if not isinstance(statement, Function):
            continue
        for inner in ast.walk(statement):
            if statement.name == name and isinstance(inner, ast.Return) and inner.value is not None:
                return file, inner.value
            on_self = isinstance(inner, ast.Assign) and f"self.{name}" in map(dotted_name, inner.targets)
            if on_self and isinstance(inner, ast.Assign):
                return file, inner.value
    return None


def own_class(facts: Facts, file: str, node: ast.AST) -> tuple[str, ast.ClassDef] | None:
    """The own class that an expression is an instance of (`settings`, `get_settings()`), with its file; None if unknown."""
    if isinstance(node, ast.Name) and node.id == "self":
        tree = facts.syntax(file)
        held = (
            [each for each in ast.walk(tree) if isinstance(each, ast.ClassDef) and covers(each, node.lineno)]
            if tree
            else []
        )
        return (file, max(held, key=lambda each: each.lineno)) if held else None
    called = node.func if isinstance(node, ast.Call) else node
    found = meaning(facts, file, called)
    for _ in range(DEPTH):
        if found is None:
            return None
        if isinstance(found.node, ast.ClassDef):
            return found.file, found.node
        if isinstance(found.node, ast.Call):
            found = meaning(facts, found.file, found.node.func)
        elif isinstance(found.node, Function):
            returns = [each.value for each in ast.walk(found.node) if isinstance(each, ast.Return) and each.value]
            value = returns[-1] if returns else None
            found = meaning(facts, found.file, value.func if isinstance(value, ast.Call) else value) if value else None
        else:
            return None
    return None


def classes_named(facts: Facts, owner: str, path: str = "") -> Iterator[tuple[str, ast.ClassDef]]:
    """The own classes of that name, with their files; where the interpreter told its `path`, those of that module."""
    needle = f"class {owner}".encode() if owner else b"class "
    files = facts.files_with(needle) if owner else ()
    home = _home(facts, path)
    for file in (home,) if home in files else files:
        tree = facts.syntax(file)
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.ClassDef) and node.name == owner:
                yield file, node


def _home(facts: Facts, path: str) -> str | None:
    """The file of the longest own module in `package.module.Class`, None where there is none."""
    module = path.replace(":", ".").rpartition(".")[0]
    while module:
        file = facts.file_of(module)
        if file is not None:
            return file
        module = module.rpartition(".")[0]
    return None


def _default(facts: Facts, field: SettingField) -> ast.expr | None:
    tree = facts.syntax(field.file)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.AnnAssign) and node.lineno == field.line and isinstance(node.target, ast.Name):
            value = node.value
            if isinstance(value, ast.Call) and dotted_name(value.func).rpartition(".")[2] == "Field":
                return keyword(value, "default") or (value.args[0] if value.args else None)
            return value
    return None


def effective(facts: Facts, variables: tuple[str, ...]) -> SettingValue | None:
    """The value in a settings file that the start sees for one of these variables, None where none is set."""
    for variable in variables:
        for value in facts.settings(variable):
            if value.loaded or value.source in GIVEN:
                return value
    return None
