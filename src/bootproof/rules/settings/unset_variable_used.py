"""An environment variable that is not set is used as if it were

## What happens
Code raises while a module is imported: `'NoneType' object has no attribute …`, `int()` or `+` refuses
`None`, or SQLAlchemy expects a string or URL and gets `None`. Put into a URL by an f-string it raises nothing:
the server then looks for a host of the name `None`.

## Why the server cannot start
`os.getenv` gives `None` where nothing sets the variable. The code goes on with it.

## How to recognise it
The statement that failed is followed back to a read of the environment without a default, in the same
module or in one that it imports, and no settings file that the start reads sets the variable. In the source:
such a read inside an f-string that is a URL.

## How it is fixed
A person fills the value in, or gives the read a default. Trials use a stand-in that is never written
anywhere.

## Fix safety
A placeholder: bootproof invents no secret and no address.

## References
https://docs.python.org/3/library/os.html#os.getenv
"""

import ast
from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.origins import origins
from bootproof.rules.reading import text_of
from bootproof.rules.registry import finding
from bootproof.rules.settings._missing import is_unset, missed
from bootproof.rules.settings._stand_ins import stand_in
from bootproof.rules.settings._unread import looked_in, unread

CODE = "BP304"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """One finding for each variable that the failing statement uses and nothing sets."""
    for each in missed(symptom, facts):
        if not each.used or each.in_file or each.frame is None or unread(facts, each) is not None:
            continue
        looked = looked_in(facts)
        yield finding(
            __name__,
            each.variable,
            file=each.file,
            line=each.line,
            cause=f"`{each.variable}` is read without a default, nothing sets it, and the code uses it",
            explanation="Looked in: the process environment" + "".join(f", `{one.file}`" for one in looked),
            related=(Location(each.frame.file, each.frame.line, note="used here"), *looked),
            data={"variable": each.variable, "value": stand_in(facts, each.file, each.variable, each.annotation)},
        )


def scan(facts: Facts) -> Iterable[Finding]:
    """The reads without a default inside f-strings that are URLs: they give the text `None`."""
    for file in facts.files_with(b"env", b"://"):
        tree = facts.syntax(file) if file in facts.reachable() else None
        seen: set[str] = set()
        for url in ast.walk(tree) if tree is not None else ():
            if not isinstance(url, ast.JoinedStr) or not any("://" in (text_of(each) or "") for each in url.values):
                continue
            for part in (each for each in url.values if isinstance(each, ast.FormattedValue)):
                for origin in origins(facts, file, part.value):
                    if is_unset(facts, origin, seen):
                        variable = origin.variables[0]
                        yield finding(
                            __name__,
                            variable,
                            file=origin.place,
                            line=origin.line,
                            cause=f"`{variable}` is read without a default, nothing sets it, and a URL gets the text `None`",
                            related=(Location(file, url.lineno, note="the URL"), *looked_in(facts)),
                            data={"variable": variable, "value": stand_in(facts, origin.place, variable)},
                        )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The stand-in that trials use."""
    variable, value = str(finding.data["variable"]), str(finding.data["value"])
    return Fix(f"set `{variable}`, or give its read a default", Safety.PLACEHOLDER, stand_ins={variable: value})
