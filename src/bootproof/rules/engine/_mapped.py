"""The attributes of mapped classes as the source writes them: columns, relationships, what each is given."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from bootproof.edits.calls import add_argument, drop_argument, replace_argument
from bootproof.edits.making import edit
from bootproof.edits.python import replace_node
from bootproof.model.edit import AnyEdit, Edit
from bootproof.model.facts import Facts
from bootproof.model.symptom import Failure
from bootproof.rules.connecting._importing import known_as
from bootproof.rules.engine._models import Model, all_models
from bootproof.rules.reading import covers, function_at, keyword, lineage, outside, own_frames, text_of

COLUMNS = ("mapped_column", "Column", "Field")
RELATIONSHIPS = ("relationship", "Relationship")
_NATIVE = ("back_populates", "cascade_delete", "passive_deletes", "link_model")  # of SQLModel's Relationship
_MORE = "sa_relationship_kwargs"


@dataclass(frozen=True)
class Attribute:
    """One attribute in the body of an own class. `maker` is what makes it (`mapped_column`), "" for a bare annotation."""

    file: str
    owner: ast.ClassDef
    name: str
    statement: ast.Assign | ast.AnnAssign
    annotation: ast.expr | None
    maker: str
    call: ast.Call | None

    @property
    def line(self) -> int:
        """The line of its statement."""
        return self.statement.lineno

    @property
    def inner(self) -> ast.expr | None:
        """Its annotation, without `Mapped[…]`."""
        return without(self.annotation, "Mapped")

    def option(self, name: str) -> ast.expr | None:
        """What a keyword is given, for SQLModel also among those that it hands on to SQLAlchemy."""
        held = keyword(self.call, name) if self.call else None
        more = keyword(self.call, _MORE) if self.call else None
        if held is None and isinstance(more, ast.Dict):
            pairs = zip(more.keys, more.values, strict=True)
            held = next((value for key, value in pairs if text_of(key) == name), None)
        return held

    def with_option(self, facts: Facts, name: str, code: str) -> Edit | None:
        """The edit that gives a keyword one more, or another value; None where there is no call to give it to."""
        if self.call is None:
            return None
        text, held = facts.text(self.file) or b"", self.option(name)
        if held is not None:
            return replace_node(self.file, text, held, code)
        if self.maker != "Relationship" or name in _NATIVE:
            return add_argument(self.file, text, self.call, name, code)
        more = keyword(self.call, _MORE)
        if more is None:
            return add_argument(self.file, text, self.call, _MORE, f'{{"{name}": {code}}}')
        if not isinstance(more, ast.Dict):
            return None
        start = facts.span(self.file, more)[0] + 1
        return edit(self.file, text, start, start, f'"{name}": {code}' + (", " if more.keys else ""))

    def without_option(self, facts: Facts, name: str) -> Edit | None:
        """The edit that gives a keyword no more; None where it is not given, or not alone in its place."""
        text = facts.text(self.file) or b""
        if self.call is None or self.option(name) is None:
            return None
        if keyword(self.call, name) is not None:
            return drop_argument(self.file, text, self.call, name)
        more = keyword(self.call, _MORE)
        pairs = list(zip(more.keys, more.values, strict=True)) if isinstance(more, ast.Dict) else []
        if len(pairs) == 1:
            return drop_argument(self.file, text, self.call, _MORE)
        kept = [(key, value) for key, value in pairs if text_of(key) != name]
        if any(key is None for key, _ in kept):
            return None
        written = ", ".join(f"{ast.unparse(key)}: {ast.unparse(value)}" for key, value in kept if key is not None)
        return replace_argument(self.file, text, self.call, _MORE, "{" + written + "}")


def without(annotation: ast.expr | None, *wrappers: str) -> ast.expr | None:
    """An annotation without the named wrappers around it."""
    while isinstance(annotation, ast.Subscript) and _last(annotation.value) in wrappers:
        annotation = annotation.slice
    return annotation


def _last(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def attributes(facts: Facts, file: str, node: ast.ClassDef) -> Iterator[Attribute]:
    """The attributes in the body of a class, those that only an annotation declares included."""
    for each in node.body:
        target = each.targets[0] if isinstance(each, ast.Assign) else getattr(each, "target", None)
        if not isinstance(each, ast.Assign | ast.AnnAssign) or not isinstance(target, ast.Name):
            continue
        call = each.value if isinstance(each.value, ast.Call) else None
        made = outside(facts, file, call.func) if call else ""
        maker = made.rpartition(".")[2] if made.startswith(("sqlalchemy.", "sqlmodel.")) else ""
        annotation = each.annotation if isinstance(each, ast.AnnAssign) else None
        yield Attribute(file, node, target.id, each, annotation, maker, call)


def all_attributes(facts: Facts, file: str, node: ast.ClassDef) -> tuple[Attribute, ...]:
    """The attributes of a class and of the own classes that it derives from; the nearest of a name alone."""
    found: dict[str, Attribute] = {}
    for where, each in lineage(facts, file, node):
        for attribute in attributes(facts, where, each):
            found.setdefault(attribute.name, attribute)
    return tuple(found.values())


def is_column(attribute: Attribute) -> bool:
    """Whether an attribute of a mapped class is a column."""
    if attribute.maker in COLUMNS or attribute.maker in RELATIONSHIPS:
        return attribute.maker in COLUMNS
    if of_sqlmodel(attribute):
        return attribute.annotation is not None and without(attribute.annotation, "ClassVar") is attribute.annotation
    return attribute.call is None and attribute.inner is not attribute.annotation


def of_sqlmodel(attribute: Attribute) -> bool:
    """Whether the class of an attribute is a table of SQLModel's: there a bare annotation is a column."""
    return any(each.arg == "table" for each in attribute.owner.keywords)


def field_given(facts: Facts, field: Attribute, name: str, code: str) -> tuple[AnyEdit, ...]:
    """The edits that give a field of SQLModel one argument more, its default kept."""
    file, text, value = field.file, facts.text(field.file) or b"", field.statement.value
    if field.maker == "Field" and field.call is not None:
        return (add_argument(file, text, field.call, name, code),)
    made, imports = known_as(facts, file, "sqlmodel", "Field")
    if value is None:
        end = facts.span(file, field.statement)[1]
        return (*imports, edit(file, text, end, end, f" = {made}({name}={code})"))
    return (*imports, replace_node(file, text, value, f"{made}(default={ast.unparse(value)}, {name}={code})"))


def is_true(node: ast.expr | None) -> bool:
    """Whether an expression is the literal `True`."""
    return isinstance(node, ast.Constant) and node.value is True


def is_false(node: ast.expr | None) -> bool:
    """Whether an expression is the literal `False`."""
    return isinstance(node, ast.Constant) and node.value is False


def keys(facts: Facts, file: str, node: ast.ClassDef) -> tuple[Attribute, ...]:
    """The columns of a class that are its primary key."""
    return tuple(each for each in all_attributes(facts, file, node) if is_true(each.option("primary_key")))


def column_name(attribute: Attribute) -> str:
    """The name of a column in its table."""
    given = attribute.option("name")
    first = attribute.call.args[0] if attribute.call and attribute.call.args and attribute.maker != "Field" else None
    return text_of(given) or text_of(first) or attribute.name


def foreign_keys(attribute: Attribute) -> Iterator[str]:
    """What a column's foreign keys name: "users.id"."""
    if attribute.call is not None:
        yield from (text for _, text in foreign_keys_in(attribute.call))


def foreign_key_calls(attribute: Attribute) -> Iterator[tuple[ast.Call, str]]:
    """The calls of `ForeignKey` that a column is given, and what each names."""
    for call in ast.walk(attribute.call) if attribute.call else ():
        given = (call.args[0] if call.args else keyword(call, "column")) if isinstance(call, ast.Call) else None
        text = text_of(given)
        if isinstance(call, ast.Call) and _last(call.func) == "ForeignKey" and text:
            yield call, text


def foreign_keys_in(tree: ast.AST) -> Iterator[tuple[ast.Constant, str]]:
    """The strings that name the columns of foreign keys, of `ForeignKey` and of SQLModel's `foreign_key`."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        given = [keyword(call, "foreign_key")]
        if _last(call.func) == "ForeignKey":
            given.append(call.args[0] if call.args else keyword(call, "column"))
        for each in given:
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                yield each, each.value


def class_of(facts: Facts, path: object) -> tuple[str, ast.ClassDef] | None:
    """The own class behind "module:qualname", None where it is not own."""
    module, _, name = path.partition(":") if isinstance(path, str) else ("", "", "")
    file = facts.file_of(module) if module else None
    tree = facts.syntax(file) if file else None
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.ClassDef) and node.name == name.rpartition(".")[2] and file:
            return file, node
    return None


def class_at(facts: Facts, failure: Failure) -> tuple[str, ast.ClassDef] | None:
    """The class that own code was making when the failure came, None where it was making none.

    An own `__init_subclass__`, decorator or metaclass below it runs in the making and is not what was made.
    """
    for frame in own_frames(failure):
        tree = facts.syntax(frame.file)
        node, inside = class_around(facts, frame.file, frame.line), function_at(tree, frame.line) if tree else None
        if node is not None and (inside is None or inside.lineno <= node.lineno):
            return frame.file, node
        if inside is None:
            return None
    return None


def class_around(facts: Facts, file: str, line: int) -> ast.ClassDef | None:
    """The innermost class that stands on a line."""
    tree = facts.syntax(file)
    every = [each for each in ast.walk(tree) if isinstance(each, ast.ClassDef)] if tree else []
    over = [each for each in every if covers(each, line) or any(covers(one, line) for one in each.decorator_list)]
    return max(over, key=lambda each: each.lineno, default=None)


def relationship_of(facts: Facts, failure: Failure) -> tuple[Attribute, str, Mapping[str, str]] | None:
    """The relationship that SQLAlchemy was configuring: as written, its class's name, and what the agent tells of it."""
    told = failure.facts.get("relationship")
    owner = class_of(facts, told.get("owner")) if isinstance(told, Mapping) else None
    if owner is None or not isinstance(told, Mapping):
        return None
    for each in all_attributes(facts, *owner):
        if each.name == told["key"] and each.maker in RELATIONSHIPS:
            return each, owner[1].name, cast("Mapping[str, str]", told)
    return None


def model_of(facts: Facts, node: ast.ClassDef) -> Model | None:
    """The model that a class is, None where it has no table of its own."""
    return next((each for each in all_models(facts) if each.node is node), None)
