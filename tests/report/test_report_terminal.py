"""The terminal format: laid out in the width that there is, understandable without colour."""

import re
from dataclasses import replace

import pytest

from bootproof.model.finding import Proof
from bootproof.model.words import Meaning, Outcome, Severity, Stage, Verdict
from bootproof.report import phrases
from bootproof.report.outcome import remaining, verdict_after_fix
from bootproof.report.terminal import render

from . import sample_reports as samples

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("width", [40, 60, 100, 160])
def test_words_are_wrapped_into_the_width(width: int) -> None:
    lines = render(samples.broken(), width=width).splitlines()
    told = [line for line in lines if line.startswith(("   = ", "     ", "  - ", "blocker", "advice"))]
    assert len(told) > 20
    for line in told:
        assert len(line) <= width or len(line.strip(" =-").split()) <= 3


def test_colour_changes_nothing_but_the_colour() -> None:
    coloured = render(samples.broken(), colour=True)
    assert COLOUR.search(coloured)
    assert COLOUR.sub("", coloured) == render(samples.broken())


def test_a_cycle_is_drawn_in_the_order_of_its_imports() -> None:
    text = render(samples.broken())
    box = text[text.index("┌") : text.index("┘")]
    assert box.index("order.py:4") < box.index("user.py:3") < box.index("address.py:6")
    assert box.count("↑     ↓") == 2


def test_places_that_are_no_cycle_are_listed() -> None:
    text = render(samples.broken())
    assert "= also: src/core/pay.py:12 the last own frame" in text


def test_advice_alone_leaves_the_verdict_at_starts() -> None:
    advice = tuple(each for each in samples.findings() if each.severity is Severity.ADVICE)
    report = replace(samples.healthy(), findings=advice)
    assert (
        "verdict: starts, the server comes up as it stands\n0 blockers, 0 failures, 1 advice; 1 trial in"
        in render(report)
    )
    assert verdict_after_fix(report, unsafe=False) is Verdict.STARTS


def test_what_is_not_known_never_looks_fine() -> None:
    text = render(samples.unproved())
    assert "verdict: unproved, cannot tell whether the server starts" in text
    assert "  | two" in text and "no application target" in text
    assert "= fix: none is known" in render(samples.broken())


@pytest.mark.parametrize("meaning", Meaning)
def test_every_meaning_has_its_sentence(meaning: Meaning) -> None:
    finding = replace(samples.findings()[1], proof=Proof(meaning, redundant_with=(samples.SCHEME,)))
    said = phrases.proof(finding, phrases.labels(samples.broken()))
    assert said and ("cannot tell" in said) == (meaning in (Meaning.FLAKY, Meaning.UNPROVED))


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_its_words(outcome: Outcome) -> None:
    trial = samples.withheld(samples.DRIVER, stage=Stage.READY, seen="a\nb", outcome=outcome)
    assert "a b" in phrases.ended(trial) and "\n" not in phrases.ended(trial)


def test_a_trial_of_our_own_failure_is_no_evidence() -> None:
    trial = samples.withheld(samples.DRIVER, stage=Stage.READY, seen="x", outcome=Outcome.BROKEN)
    finding = replace(samples.findings()[1], proof=Proof(Meaning.UNPROVED, trials=(trial,)))
    assert phrases.evidence(finding) is None


def test_plain_fix_leaves_the_unsafe_and_says_the_server_fails() -> None:
    report = replace(samples.broken(), findings=samples.findings()[:-1])
    assert [each.code for each in remaining(report, unsafe=False)] == ["BP503"]
    assert verdict_after_fix(report, unsafe=False) is Verdict.FAILS
    assert remaining(report, unsafe=True) == ()
    assert verdict_after_fix(report, unsafe=True) is Verdict.STARTS


def test_a_value_that_only_a_person_knows_is_left_to_the_person() -> None:
    report = samples.only_placeholder()
    assert remaining(report, unsafe=True) == report.findings
    assert verdict_after_fix(replace(report, fixed_verdict=Verdict.STARTS), unsafe=True) is Verdict.FAILS
    assert "unproved, cannot tell whether the server starts; fill in `SECRET_KEY`" in render(report)
