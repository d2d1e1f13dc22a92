"""A file that the code reads is not there

## What happens
`FileNotFoundError` is raised while a module is imported or the server starts: a configuration, a key, a list.

## Why the server cannot start
The file is one that git ignores or that only one machine has; or its path counts from the working directory,
and the server is started from another one.

## How to recognise it
Own code opened a file for reading, and there is none at that path in the project.

## How it is fixed
Where the same path leads to a file from the folder of the code that names it, it is told from there. Where the
project has a template of the file (`config.example.json`), a person copies it and fills it in; trials use the
template. Else a person brings the file.

## Fix safety
Safe for a path: it is the file that is meant. Else a placeholder: what stands in the file is a person's.

## References
https://docs.python.org/3/library/functions.html#open, https://12factor.net/config
"""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from bootproof.edits.python import add_import, replace_node
from bootproof.model.edit import Edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.project.layout import ancestors, join
from bootproof.rules.registry import finding
from bootproof.rules.settings._files import Absent, absent, folder_of, outside
from bootproof.rules.settings._unread import beside

CODE = "BP318"
TEMPLATE = re.compile(r"[._-](?:example|sample|template|dist|default)(?=[._-]|$)", re.IGNORECASE)


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The statement that reads it."""
    for each in absent(symptom, facts):
        if each.writes:
            continue
        place = each.inside or each.name
        template = _template(facts, each.inside)
        yield finding(
            __name__,
            place,
            file=each.frame.file,
            line=each.statement.lineno,
            end_line=each.statement.end_lineno,
            cause=f"`{place}` is read at the start, and is not there",
            explanation=f"`{template}` looks like its template." if template else "",
            related=(
                Location(place, 1, note="not there"),
                *((Location(template, 1, note="its template"),) if template else ()),
            ),
            data={"absent": each, "template": template, "outside": outside(each)},
        )


def _template(facts: Facts, inside: str) -> str:
    """A file beside it whose name is the same with a word more that says that it is to be copied."""
    folder, name = folder_of(inside), PurePosixPath(inside).name
    for each in sorted((facts.project.root / folder).iterdir()) if inside and (facts.project.root / folder).is_dir() else ():
        if TEMPLATE.search(each.name) and TEMPLATE.sub("", each.name, count=1) == name and each.is_file():
            return join(folder or ".", each.name)
    return ""


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The path from the code's own folder, or the template in the file's place."""
    each, template = finding.data["absent"], str(finding.data["template"])
    if not isinstance(each, Absent):
        return None
    if each.literal is not None:
        file, node = each.literal
        near = (join(folder, str(node.value)) for folder in ancestors(file))
        there = next((one for one in near if one != each.inside and facts.text(one) is not None), "")
        if there:
            text = facts.text(file) or b""
            edits = (replace_node(file, text, node, beside(file, there)), add_import(file, text, "from pathlib import Path"))
            return Fix(f"name `{there}` relative to the file that names it", Safety.SAFE, edits)
    content = facts.text(template) if template else None
    if content is None:
        return None
    copied = Edit(each.inside, 0, 0, "", content.decode("utf-8", "surrogateescape"), creates=True)
    return Fix(f"copy `{template}` to `{each.inside}` and fill it in", Safety.PLACEHOLDER, (copied,))
