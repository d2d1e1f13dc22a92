"""Conservation: what a fix must not give up unsaid. Routes and tables are compared, TLS is tried."""

import re
from dataclasses import dataclass, replace

from bootproof.audit.theatre import Theatre
from bootproof.audit.variants import Plan
from bootproof.model.finding import Finding, Fix
from bootproof.model.project import Project
from bootproof.model.symptom import Symptom
from bootproof.model.words import Outcome, Safety

WANTS_TLS = re.compile(r"[?&\s](?:sslmode|ssl)=(require|verify-ca|verify-full|true)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Conserved:
    """What was compared: notes for the report, and losses that no fix had named."""

    notes: tuple[str, ...]
    losses: tuple[str, ...]


def compare(project: Project, plan: Plan, mended: Symptom, tls: Conserved) -> Conserved:
    """Compares what the source declares with what the mended server has registered; joined with TLS's own result.

    Where the plan is empty nothing was given up: a router that is missing is included on a condition.
    """
    paths = [route.partition(" ")[2] for route in mended.routes]
    declared = [each for each in project.routers if each.included and each.paths]
    missing = []
    for router in declared:
        lost = [path for path in router.paths if not any(served.endswith(path) for served in paths)]
        if lost and mended.routes:
            missing.append(f"routes of `{router.name}` in `{router.file}` are not registered: {', '.join(lost)}")
    kept = len(declared) - len(missing)
    notes = [f"{kept} of {len(declared)} included routers are registered with all their routes"] if declared else []
    return Conserved((*notes, *tls.notes), (*(missing if plan else ()), *tls.losses))


def tls_lost(theatre: Theatre, plan: Plan) -> Conserved:
    """Tries the plan on a database without TLS, and with a wrong certificate, where the project demands TLS."""
    wanted = _demanded(theatre)
    if not wanted or not plan:
        return Conserved((), ())
    notes, losses = [], []
    refused = theatre.rehearse(plan, tls="refuse")
    if refused.outcome is Outcome.BROKEN:
        notes.append(f"TLS was not tried: {refused.note}")
    elif refused.started:
        losses.append(f"TLS: `{wanted}` was demanded, and the mended server accepts a database without TLS")
    else:
        notes.append("TLS: a database without TLS is refused, as before")
    if wanted.startswith("verify"):
        wrong = theatre.rehearse(plan, certificate="wrong-host" if wanted == "verify-full" else "self-signed")
        if wrong.started:
            losses.append(f"TLS: `{wanted}` was demanded, and the mended server accepts a wrong certificate")
    return Conserved(tuple(notes), tuple(losses))


def blame(plan: Plan, losses: tuple[str, ...]) -> Plan:
    """The plan with its connection fixes made unsafe where a loss was found that none of them names."""
    if not any(loss.startswith("TLS") for loss in losses):
        return plan
    return tuple(_unsafe(each, losses) if each.fix and each.code.startswith("BP6") else each for each in plan)


def _unsafe(finding: Finding, losses: tuple[str, ...]) -> Finding:
    fix = finding.fix
    assert fix is not None
    changed: Fix = replace(fix, safety=Safety.UNSAFE, loses=fix.loses or "; ".join(losses))
    return replace(finding, fix=changed)


def _demanded(theatre: Theatre) -> str:
    """What the project's own connection strings demand of TLS, "" for nothing."""
    for value in theatre.project.settings:
        found = WANTS_TLS.search(value.value) if value.loaded and "://" in value.value else None
        if found:
            return found[1].lower()
    return ""
