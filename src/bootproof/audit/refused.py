"""What the installer refused, as a failure that rules can explain."""

from bootproof.model.environment import ResolutionFailure
from bootproof.model.symptom import Failure, StageTime, Symptom
from bootproof.model.words import Outcome, Stage

OURS = frozenset({"python", "network", "timeout", "system"})  # kinds that say nothing of the project


def as_symptom(failure: ResolutionFailure) -> Symptom:
    """A failed installation: stage `resolve`, the installer's words, its kind and the names in it as facts."""
    told = Failure(
        "ResolutionFailure",
        ("ResolutionFailure",),
        failure.explanation,
        facts={"kind": failure.kind, "names": list(failure.names)},
    )
    return Symptom(
        Outcome.FAILED,
        Stage.RESOLVE,
        (told,),
        note=failure.explanation,
        command=failure.names,
        stages=stages(0.0),
    )


def stages(seconds: float) -> tuple[StageTime, ...]:
    """The stages of a start that ended before it began."""
    rest = (each for each in Stage if each not in (Stage.RESOLVE, Stage.REQUESTS))
    return (StageTime(Stage.RESOLVE, "failed", seconds), *(StageTime(each, "not-reached", 0.0) for each in rest))
