"""The JSON keeps to its published schema, and the schema is strict."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bootproof.model import words
from bootproof.model.report import Report
from bootproof.report.json import document, render, schema

from . import sample_reports as samples
from .test_report_formats import REPORTS

NAMED_BY_THE_ISSUE = {
    "": "schema verdict fixed_verdict target environment stages findings criteria server not_tried "
    "files_modified seconds",
    "findings": "code name family severity stage file line end_line cause explanation old new fix proof",
    "fix": "safety loses rivals edits",
    "proof": "meaning given trials",
    "server": "log transcripts seconds_to_ready",
    "environment": "python distributions",
    "stages": "name status seconds",
}


def validate(data: object) -> None:
    jsonschema.Draft202012Validator(schema(), format_checker=jsonschema.FormatChecker()).validate(data)


def test_the_schema_is_itself_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("name", REPORTS)
def test_a_rendered_report_is_valid(name: str) -> None:
    validate(json.loads(render(REPORTS[name]())))


def test_the_fields_that_were_promised_are_there() -> None:
    data = json.loads(render(samples.broken()))
    finding = next(each for each in data["findings"] if each["code"] == "BP101")
    places = {
        "": data,
        "findings": finding,
        "fix": finding["fix"],
        "proof": finding["proof"],
        "server": data["server"],
        "environment": data["environment"],
        "stages": data["stages"][0],
    }
    for place, names in NAMED_BY_THE_ISSUE.items():
        assert set(names.split()) <= set(places[place]), place
    assert data["schema"] == "bootproof/report/1"
    assert data["server"]["seconds_to_ready"] == 1.4234
    assert [each["severity"] for each in data["findings"]] == ["blocker"] * 5 + ["failure", "advice"]
    assert data["counts"] == {"blocker": 5, "failure": 1, "advice": 1}


def objects(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        if node.get("type") == "object":
            yield node
        for each in node.values():
            yield from objects(each)
    elif isinstance(node, list):
        for each in node:
            yield from objects(each)


def test_every_object_of_the_schema_is_closed_and_complete() -> None:
    found = list(objects(schema()))
    assert len(found) > 10
    for each in found:
        assert each["additionalProperties"] is False
        assert sorted(each["required"]) == sorted(each["properties"])


@pytest.mark.parametrize("place", ["", "findings", "stages", "criteria", "refused"])
def test_the_schema_refuses_a_field_that_it_does_not_know(place: str) -> None:
    data: Any = copy.deepcopy(document(samples.broken()))
    (data[place][0] if place else data)["surprise"] = 1
    with pytest.raises(jsonschema.ValidationError):
        validate(data)


@pytest.mark.parametrize("field", ["verdict", "findings", "seconds", "server", "target"])
def test_the_schema_refuses_a_report_that_lacks_a_field(field: str) -> None:
    data = document(samples.broken())
    del data[field]
    with pytest.raises(jsonschema.ValidationError):
        validate(data)


def test_the_schema_knows_every_word_of_the_model() -> None:
    text = json.dumps(schema())
    for vocabulary in (
        words.Stage,
        words.Severity,
        words.Safety,
        words.Meaning,
        words.Verdict,
        words.Outcome,
    ):
        for word in vocabulary:
            assert f'"{word.value}"' in text, word


@given(st.text(), st.floats(min_value=0, max_value=1e6))
def test_any_text_and_any_duration_stay_valid(text: str, seconds: float) -> None:
    base = samples.broken()
    report = Report(
        base.verdict, base.fixed_verdict, base.project, None, base.stages, (), notes=(text,), seconds=seconds
    )
    validate(json.loads(render(report)))
