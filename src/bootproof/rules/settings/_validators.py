"""Validators written for pydantic 1: what is wrong with one, and the edits that make it one of pydantic 2."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from bootproof.edits.making import edit
from bootproof.edits.python import add_argument, insert_decorator, replace_node
from bootproof.model.edit import AnyEdit
from bootproof.model.facts import Facts
from bootproof.rules.reading import Function, text_of

INFO = frozenset({"data", "field_name", "config", "context", "mode"})  # what a ValidationInfo has itself


@dataclass(frozen=True)
class Validator:
    """A method that a decorator of pydantic (`word`) makes a validator of a class."""

    file: str
    owner: ast.ClassDef
    function: Function
    decorator: ast.expr
    word: str

    @property
    def parameters(self) -> list[ast.arg]:
        """Its parameters behind the value: not the class, not the value."""
        return [*self.function.args.posonlyargs, *self.function.args.args][2:]

    @property
    def plain(self) -> bool:
        """Whether it has positional parameters without defaults only: others are a person's."""
        told = self.function.args
        return not (told.vararg or told.kwonlyargs or told.kwarg or told.defaults or told.posonlyargs)

    def uses(self, name: str) -> list[ast.Name]:
        """Where its body reads or binds a name."""
        inside = (each for statement in self.function.body for each in ast.walk(statement))
        return [each for each in inside if isinstance(each, ast.Name) and each.id == name]


def without(facts: Facts, validator: Validator, unwanted: set[str]) -> tuple[AnyEdit, ...]:
    """The edits that take parameters out that the body never uses; none where it uses one."""
    told = validator.function.args.args
    if not validator.plain or any(validator.uses(name) for name in unwanted):
        return ()
    return _parameters(facts, validator, [each for each in told if each.arg not in unwanted])


def with_info(facts: Facts, validator: Validator) -> tuple[AnyEdit, ...]:
    """The edits that ask pydantic 2's `info` for the other fields' values, in the place of pydantic 1's dictionary.

    Parameters that the body never uses are left out, so that at most one stays.
    """
    used = [each for each in validator.parameters if validator.uses(each.arg)]
    values = next((each for each in used if _is_dictionary(validator, each.arg)), None)
    others = [each for each in used if each is not values]
    if not validator.plain or len(others) > 1 or (others and _is_dictionary(validator, others[0].arg)):
        return ()
    if not others and values is None:
        return without(facts, validator, {each.arg for each in validator.parameters})
    name = others[0].arg if others else "values" if validator.uses("info") else "info"
    first = validator.function.args.args[:2]
    edits = list(_parameters(facts, validator, first, name))
    text = facts.text(validator.file) or b""
    for each in validator.uses(values.arg) if values is not None else ():
        if not isinstance(each.ctx, ast.Load):
            return ()
        edits.append(replace_node(validator.file, text, each, f"{name}.data"))
    return tuple(edits)


def as_object(facts: Facts, validator: Validator, name: str) -> tuple[AnyEdit, ...]:
    """The edits that ask the made object for its attributes, where it is treated as a dictionary of them."""
    text, edits, parents = facts.text(validator.file) or b"", list[AnyEdit](), _parents(validator.function)
    for each in validator.uses(name):
        above = parents.get(each)
        if isinstance(above, ast.Subscript) and above.value is each:
            key, whole = text_of(above.slice), above
        elif isinstance(above, ast.Attribute) and above.attr == "get":
            call = parents.get(above)
            key = text_of(call.args[0]) if isinstance(call, ast.Call) and call.args else None
            whole = call if isinstance(call, ast.Call) else above  # type: ignore[assignment]  # any of the three is replaced
        elif isinstance(above, ast.Return | ast.Attribute):
            continue
        else:
            return ()
        if key is None or not key.isidentifier():
            return ()
        edits.append(replace_node(validator.file, text, whole, f"{name}.{key}"))
    return tuple(edits)


def skipping(facts: Facts, validator: Validator) -> tuple[AnyEdit, ...]:
    """The edit that says `skip_on_failure=True`."""
    text = facts.text(validator.file) or b""
    if isinstance(validator.decorator, ast.Call):
        return (add_argument(validator.file, text, validator.decorator, "skip_on_failure", "True"),)
    end = facts.span(validator.file, validator.decorator)[1]
    return (edit(validator.file, text, end, end, "(skip_on_failure=True)"),)


def of_class(facts: Facts, validator: Validator) -> tuple[AnyEdit, ...]:
    """The edits that make an instance method one of the class; none where its body uses the instance."""
    told = validator.function.args.args
    if not told or validator.uses(told[0].arg):
        return ()
    text = facts.text(validator.file) or b""
    start, end = facts.span(validator.file, told[0])
    method = insert_decorator(validator.file, text, validator.function, "classmethod", innermost=True)
    return (edit(validator.file, text, start, end, "cls"), method)


def _parameters(facts: Facts, validator: Validator, kept: list[ast.arg], more: str = "") -> tuple[AnyEdit, ...]:
    """The edit that gives it these parameters, as they are written."""
    text, told = facts.text(validator.file) or b"", validator.function.args.args
    spans = [facts.span(validator.file, each) for each in kept]
    code = [text[start:end].decode() for start, end in spans] + ([more] if more else [])
    start, end = facts.span(validator.file, told[0])[0], facts.span(validator.file, told[-1])[1]
    return (edit(validator.file, text, start, end, ", ".join(code)),)


def _is_dictionary(validator: Validator, name: str) -> bool:
    """Whether a parameter is used as a dictionary: asked for anything that a ValidationInfo has not."""
    parents = _parents(validator.function)
    above = [parents.get(each) for each in validator.uses(name)]
    return any(not (isinstance(each, ast.Attribute) and each.attr in INFO) for each in above)


def _parents(function: Function) -> dict[ast.AST, ast.AST]:
    return {child: each for each in ast.walk(function) for child in ast.iter_child_nodes(each)}


def named_in(validators: Iterator[Validator], message: str) -> list[Validator]:
    """The validators that a message names by class and function; all of them where it names none."""
    every = list(validators)
    named = [each for each in every if f"{each.owner.name}.{each.function.name}" in message]
    return named or every
