"""A settings file that may be committed holds a secret

## What happens
Nothing breaks. Whoever can read the repository, and everyone who ever could, has the secret.

## Why the server cannot start
It can. This is advice.

## How to recognise it
A settings file that git tracks, or does not ignore, holds a password inside a URL, or a variable that is a
secret by its name, with a value that is no placeholder. Templates (`.env.example`) are left out.

## How it is fixed
Not automatically: list the file in `.gitignore`, take it out of git (`git rm --cached`), and change the
secret where it is known already.

## Fix safety
There is no fix.

## References
https://12factor.net/config
"""

import re
from collections.abc import Iterable

from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Location
from bootproof.model.masking import known_secrets
from bootproof.model.project import SettingValue
from bootproof.rules.registry import finding

CODE = "BP390"
_TEMPLATE = re.compile(r"(?:example|sample|template|dist|default|tmpl)s?(?=[._\-]|$)", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"change|replace|your|example|placeholder|insert|todo|dummy|x{3,}|[<{$\[]|"
    r"(?:dev|test|local|fake|insecure|not)[-_ ]|"
    r"(?:my|super)?[-_]?secret(?:[-_]?key)?$|password|passw0rd|^pass$|^user$",
    re.IGNORECASE,
)


def scan(facts: Facts) -> Iterable[Finding]:
    """One finding a file: where its first secret stands, the others beside it."""
    held: dict[str, list[SettingValue]] = {}
    for each in facts.settings():
        # an option of the command line is the user's own file
        if each.committed is False or each.source == "option" or _TEMPLATE.search(each.file.rpartition("/")[2]):
            continue
        if any(not _PLACEHOLDER.search(secret) for secret in known_secrets([each])):
            held.setdefault(each.file, []).append(each)
    for file, values in held.items():
        values.sort(key=lambda each: each.line)
        names = ", ".join(f"`{each.key}`" for each in values)
        tracked = any(each.committed for each in values)
        yield finding(
            __name__,
            "secrets",
            file=file,
            line=values[0].line,
            advice_only=True,
            cause=f"`{file}` holds secrets ({names}), and git tracks it"
            if tracked
            else f"`{file}` holds secrets ({names}), and nothing keeps git from tracking it",
            explanation="List the file in `.gitignore`, "
            + (
                "take it out of git with `git rm --cached`, and change the secret."
                if tracked
                else "before it is committed; if it was, change the secret."
            ),
            related=tuple(Location(each.file, each.line, note=each.key) for each in values[1:]),
        )
