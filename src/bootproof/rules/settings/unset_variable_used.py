"""An environment variable that is not set is used as if it were

## What happens
Code raises while a module is imported: `'NoneType' object has no attribute …`, `int()` or `+` refuses
`None`, or SQLAlchemy expects a string or URL and gets `None`.

## Why the server cannot start
`os.getenv` gives `None` where nothing sets the variable. The code goes on with it.

## How to recognise it
The statement that failed is followed back to a read of the environment without a default, in the same
module or in one that it imports, and no settings file that the start reads sets the variable.

## How it is fixed
A person fills the value in, or gives the read a default. Trials use a stand-in that is never written
anywhere.

## Fix safety
A placeholder: bootproof invents no secret and no address.

## References
https://docs.python.org/3/library/os.html#os.getenv
"""

from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.registry import finding
from bootproof.rules.settings._missing import missed
from bootproof.rules.settings._stand_ins import stand_in
from bootproof.rules.settings._unread import looked_in, unread

CODE = "BP304"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """One finding for each variable that the failing statement uses and nothing sets."""
    for each in missed(symptom, facts):
        if not each.used or each.frame is None or unread(facts, each) is not None:
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


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The stand-in that trials use."""
    variable, value = str(finding.data["variable"]), str(finding.data["value"])
    return Fix(f"set `{variable}`, or give its read a default", Safety.PLACEHOLDER, stand_ins={variable: value})
