"""A request is asked for what a middleware gives it, and nothing installs that

## What happens
`request.session` raises `AssertionError`: `SessionMiddleware` must be installed.

## Why the server cannot start
The server starts; the request answers 500. Starlette's requests have a session, a user and an authentication
only where the middleware for it has run before.

## How to recognise it
A property of Starlette's request raised an assertion, asked by the project's own line, and no own code names
the middleware that its assertion names.

## How it is fixed
For the session: `app.add_middleware(SessionMiddleware, secret_key=…)`, with the key from a variable that a
person sets. A backend for `AuthenticationMiddleware` is a person's to write.

## Fix safety
A placeholder: the key signs the cookies, and only a person may choose it.

## References
https://www.starlette.io/middleware/#sessionmiddleware
"""

import ast
from collections.abc import Iterable

from bootproof.edits.python import insert_statement_after
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety
from bootproof.rules.connecting._code import last_own, nodes_at
from bootproof.rules.connecting._importing import importing, known_as
from bootproof.rules.lifespan import application
from bootproof.rules.registry import finding

CODE = "BP812"
# the properties that Starlette asserts for, and who gives them; https://www.starlette.io/requests/
GIVES = {"session": "SessionMiddleware", "user": "AuthenticationMiddleware", "auth": "AuthenticationMiddleware"}
VARIABLE = "SESSION_SECRET_KEY"


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The place that asks for it."""
    for failure, frame in last_own(symptom):
        last = failure.frames[-1]
        if not failure.is_a("AssertionError") or last.module != "starlette.requests" or last.function not in GIVES:
            continue
        middleware = GIVES[last.function]
        asks = any(isinstance(node, ast.Attribute) and node.attr == last.function for node in nodes_at(facts, frame))
        if not asks or any(file in facts.reachable() for file in facts.files_with(middleware.encode())):
            continue
        yield finding(
            __name__,
            last.function,
            file=frame.file,
            line=frame.line,
            data={"middleware": middleware},
            cause=f"`request.{last.function}` is what `{middleware}` gives, and nothing installs it",
            explanation="A request only has what a middleware has put there.",
        )
        return


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The session's middleware, with a key that a person sets."""
    target = facts.project.target
    made = application(facts, target) if target is not None else None
    if finding.data["middleware"] != "SessionMiddleware" or target is None or made is None:
        return None
    if not isinstance(made[0], ast.Assign | ast.AnnAssign):
        return None
    name, imports = known_as(facts, target.file, "starlette.middleware.sessions", "SessionMiddleware")
    code = f'{target.attribute}.add_middleware({name}, secret_key=os.environ["{VARIABLE}"])'
    text = facts.text(target.file) or b""
    return Fix(
        f"install `SessionMiddleware` with a key from `{VARIABLE}`",
        Safety.PLACEHOLDER,
        (importing(facts, target.file, "import os"), *imports, insert_statement_after(target.file, text, made[0], code)),
        stand_ins={VARIABLE: "a-stand-in-of-bootproof-for-a-session-key"},
    )
