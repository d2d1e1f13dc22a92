"""An own method takes other parameters than the one of pydantic that it overrides

## What happens
`TypeError` is raised inside pydantic or pydantic-settings, which call the method:
`settings_customise_sources() got multiple values for argument 'init_settings'`.

## Why the server cannot start
A library calls a method that it lets a class override with what its own version of it takes. pydantic 1 gave
`customise_sources` three sources; pydantic-settings gives the class and four, and `model_post_init` a context.

## How to recognise it
The call that raised stands in pydantic, what it calls is a method of an own class, a class of pydantic above it
has a method of that name, and the two take different parameters.

## How it is fixed
The method gets the parameters of the one that it overrides, as the installed version has them. Where it returns
`env_settings`, which read the settings file too in pydantic 1, it returns `dotenv_settings` behind it.

## Fix safety
Safe where every parameter that the method has is one of those: it is handed what it uses. Else a person
rewrites it.

## References
https://docs.pydantic.dev/latest/concepts/pydantic_settings/#customise-settings-sources
"""

import ast
import re
from collections.abc import Iterable, Iterator

from bootproof.edits.making import edit
from bootproof.model.edit import AnyEdit
from bootproof.model.environment import Parameter
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Failure, Symptom
from bootproof.model.words import Safety
from bootproof.rules.arguments import callee_of
from bootproof.rules.origins import classes_named
from bootproof.rules.reading import Function, lineage, outside
from bootproof.rules.registry import finding
from bootproof.rules.settings._definitions import PYDANTIC

CODE = "BP313"
DOTENV = ("env_settings", "dotenv_settings")  # one source of pydantic 1, two of pydantic-settings


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The own method that pydantic called with other arguments than it takes."""
    for failure in symptom.failures:
        owner, name = _called(facts, failure)
        for file, node in classes_named(facts, owner):
            method = next((each for each in node.body if isinstance(each, Function) and each.name == name), None)
            overridden = _overridden(facts, file, node, name) if method is not None else ()
            mine = [each.arg for each in method.args.args[1:]] if method is not None else []
            if method is None or not overridden or mine == [each.name for each in overridden]:
                continue
            yield finding(
                __name__,
                f"{node.name}.{name}",
                file=file,
                line=method.lineno,
                end_line=method.lineno,
                cause=f"`{node.name}.{name}` takes other parameters than the method of pydantic that it overrides",
                explanation="That one takes " + ", ".join(f"`{each.name}`" for each in overridden),
                data={"method": method, "overridden": overridden},
            )
            return


def _called(facts: Facts, failure: Failure) -> tuple[str, str]:
    """The class and the method that pydantic called in vain, "" where it called something else."""
    if not failure.is_a("TypeError") or not failure.frames or failure.frames[-1].module.partition(".")[0] not in PYDANTIC:
        return "", ""
    callee = callee_of(failure)
    if callee is not None and facts.file_of(callee.path.partition(":")[0]) is not None:
        owner, _, name = callee.path.rpartition(":")[2].rpartition(".")
        return owner.rpartition(".")[2], name
    # called by compiled code no frame tells of it: the quoted name is taken as data, and must be an own method
    quoted = re.match(r"(?:\w+\.)*(\w+)\.(\w+)\(\) ", failure.message)
    return (quoted[1], quoted[2]) if quoted is not None else ("", "")


def _overridden(facts: Facts, file: str, node: ast.ClassDef, name: str) -> tuple[Parameter, ...]:
    """The parameters of the method of that name of the class of pydantic above, without the class or the object."""
    for place, each in lineage(facts, file, node):
        for base in each.bases:
            module, _, last = outside(facts, place, base).rpartition(".")
            if module.partition(".")[0] in PYDANTIC:
                told = facts.accepts(f"{module}:{last}.{name}") or ()
                return tuple(one for one in told if one.name not in ("self", "cls"))
    return ()


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The parameters of the method that it overrides."""
    method, overridden = finding.data["method"], finding.data["overridden"]
    if not isinstance(method, Function) or not isinstance(overridden, tuple) or not method.args.args:
        return None
    told = method.args
    wanted = [str(each.name) for each in overridden]
    mine = {each.arg: each for each in told.args[1:]}
    if told.vararg or told.kwarg or told.kwonlyargs or told.defaults or told.posonlyargs or not set(mine) <= set(wanted):
        return None
    text, file = facts.text(finding.file) or b"", finding.file

    def code(node: ast.arg) -> str:
        start, end = facts.span(file, node)
        return text[start:end].decode()

    parameters = [code(told.args[0]), *(code(mine[name]) if name in mine else name for name in wanted)]
    start, end = facts.span(file, told.args[0])[0], facts.span(file, told.args[-1])[1]
    edits = [edit(file, text, start, end, ", ".join(parameters)), *_sources(facts, file, method, mine, wanted)]
    return Fix(f"take what the overridden method takes: {', '.join(wanted)}", Safety.SAFE, tuple(edits))


def _sources(facts: Facts, file: str, method: Function, mine: dict[str, ast.arg], wanted: list[str]) -> Iterator[AnyEdit]:
    """The settings file behind the environment, in the tuples that the method returns."""
    env, dotenv = DOTENV
    if dotenv in mine or dotenv not in wanted:
        return
    for each in ast.walk(method):
        if isinstance(each, ast.Return) and isinstance(each.value, ast.Tuple):
            for item in each.value.elts:
                if isinstance(item, ast.Name) and item.id == env:
                    end = facts.span(file, item)[1]
                    yield edit(file, facts.text(file) or b"", end, end, f", {dotenv}")
