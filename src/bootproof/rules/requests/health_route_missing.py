"""The deployment asks for a health route that is not there

## What happens
The container is `unhealthy`, although its server answers: Docker's `HEALTHCHECK`, or that of compose, asks for a
path that answers 404.

## Why the server cannot start
It starts, and is taken for dead: what waits for it (`depends_on: condition: service_healthy`) never begins, and
an orchestrator starts it again and again.

## How to recognise it
The path that the Dockerfile or the compose file names was asked of the real server and answered 4xx.

## How it is fixed
Where one route of the application resembles it, the health check asks for that one. Else a person writes the
route.

## Fix safety
Safe: only the health check asks for the path, and it gets an answer.

## References
https://docs.docker.com/reference/dockerfile/#healthcheck
"""

import re
from collections.abc import Iterable

from bootproof.edits.making import edit
from bootproof.model.facts import Facts
from bootproof.model.finding import Finding, Fix, Location
from bootproof.model.symptom import Symptom
from bootproof.model.words import Safety, Stage
from bootproof.rules.arguments import nearest
from bootproof.rules.registry import finding
from bootproof.rules.requests._handlers import routes

CODE = "BP818"
HEALTHY = re.compile(r"health|ping|alive|livez|ready|status|heartbeat", re.IGNORECASE)


def diagnose(symptom: Symptom, facts: Facts) -> Iterable[Finding]:
    """The health check whose path is not there."""
    check = facts.project.health
    if check is None or symptom.stage is not Stage.REQUESTS or symptom.chain:
        return
    if not re.match(rf"GET {re.escape(check.path)} answered 4\d\d$", symptom.note):
        return
    meant = _meant(symptom, check.path)
    place = next((each for each in routes(facts) if meant and meant.endswith(each.path)), None)
    yield finding(
        __name__,
        check.path,
        file=check.file,
        line=check.line,
        data={"meant": meant},
        cause=f"the health check asks for `{check.path}`, which {symptom.note.rpartition(' answered ')[2]} answers",
        explanation=f"`{meant}` is a route of the application." if meant else "No route of the application resembles it.",
        related=(Location(place.file, place.literal.lineno, note=f"`{meant}`"),) if place else (),
    )


def fix(finding: Finding, facts: Facts) -> Fix | None:
    """The path that is there."""
    check, meant = facts.project.health, str(finding.data["meant"])
    if check is None or not meant:
        return None
    change = edit(check.file, facts.text(check.file) or b"", check.start, check.end, meant)
    return Fix(f"ask for `{meant}`", Safety.SAFE, (change,))


def _meant(symptom: Symptom, path: str) -> str:
    """The one route without parameters that resembles it: the same under a prefix, of a near name, or for the same."""
    plain = [each[4:] for each in symptom.routes if each.startswith("GET ") and "{" not in each]
    last = path.rstrip("/").rpartition("/")[2]
    for found in (
        [each for each in plain if each.rstrip("/").rpartition("/")[2] == last],
        [each for each in plain if each == nearest(path, plain)],
        [each for each in plain if HEALTHY.search(each)],
    ):
        if len(found) == 1:
            return found[0]
    return ""
