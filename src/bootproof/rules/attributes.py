"""An attribute that an object, a class or a module does not have: which own expression asks for it, and of what.

The agent tells of an `AttributeError` what lacks the attribute, as data (`owner`, `owner_kind`, `owner_bases`, `near`;
see `rehearsal/agent/subjects.py`): a rule asks for a type, never for the words of the message.
"""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from bootproof.edits.making import edit
from bootproof.model.edit import Edit
from bootproof.model.facts import Facts
from bootproof.model.symptom import Failure, Frame
from bootproof.rules.reading import covers


@dataclass(frozen=True)
class Missing:
    """An attribute that is not there, and the own expression (`node`) that asks for it at the own frame.

    `owner` is "module:qualname" of the class, or of the object's class, "module:" for a module; `kind` says which of
    the three (class, instance, module). `near` are names that it has and that resemble the missing one, `held_by` its own
    attributes whose value has the missing one.
    """

    name: str
    owner: str
    kind: str
    bases: tuple[str, ...]  # qualified names, the owner's own first
    near: tuple[str, ...]
    held_by: tuple[str, ...]
    frame: Frame
    node: ast.Attribute

    @property
    def owner_name(self) -> str:
        """The owner's own name, for people."""
        return self.owner.rpartition(":")[2] or self.owner.rstrip(":")

    def is_a(self, *names: str) -> bool:
        """Whether the owner is, or is an object of, one of these classes (qualified names)."""
        return any(each in names for each in self.bases)

    def first_present(self, facts: Facts, names: Iterable[str]) -> str:
        """The first of these names that the owner does have, asked of the interpreter; "" for none."""
        present = frozenset(cast("list[str]", facts.ask("attributes", path=self.owner) or []))
        return next((each for each in names if each in present), "")

    def renamed(self, facts: Facts, new: str) -> Edit:
        """The edit that asks for another attribute of the same object."""
        text = facts.text(self.frame.file) or b""
        end = facts.span(self.frame.file, self.node)[1]
        return edit(self.frame.file, text, end - len(self.name.encode()), end, new)


def missing_attribute(facts: Facts, failure: Failure) -> Missing | None:
    """The attribute that the project itself asked for and that is not there; None where a library asked for it."""
    frame, name, owner = failure.own_frame, failure.facts.get("name"), failure.facts.get("owner")
    if not failure.is_a("AttributeError") or not isinstance(name, str) or not isinstance(owner, str) or frame is None:
        return None
    behind = failure.frames[failure.frames.index(frame) + 1 :]
    if any(each.function not in ("__getattr__", "__getattribute__") for each in behind):
        return None
    tree = facts.syntax(frame.file)
    asked = [
        node
        for node in (ast.walk(tree) if tree is not None else ())
        if isinstance(node, ast.Attribute) and node.attr == name and covers(node, frame.line)
    ]
    if not asked:
        return None
    return Missing(
        name,
        owner,
        str(failure.facts.get("owner_kind", "")),
        tuple(str(each) for each in cast("list[object]", failure.facts.get("owner_bases") or [])),
        tuple(str(each) for each in cast("list[object]", failure.facts.get("near") or [])),
        tuple(str(each) for each in cast("list[object]", failure.facts.get("held_by") or [])),
        frame,
        min(asked, key=lambda node: abs((node.end_lineno or node.lineno) - frame.line)),
    )
