"""A report as it arrives is washed, the tenth time as the first."""

import json
import sys
import time
from typing import Any

import pytest

from bootproof.server.audits import arrival
from bootproof.server.audits.arrival import Clean, NoReport, received, washed
from bootproof.server.audits.packing import packed, unpacked
from bootproof.server.security.bodies import parse

from .shops import finding, report

SECRET = "DATABASE_URL=postgresql://app:hunter2hunter2@db.example/app"


def test_a_secret_is_masked_each_time_it_comes() -> None:
    told = {"findings": [{"cause": SECRET, "file": "a.py"}], "notes": ["\x1b[31mred\x1b[0m", "plain", SECRET]}
    sent = parse(json.dumps(told).encode())
    for _ in range(3):
        found = washed(sent)
        assert "hunter2" not in str(found) and found["notes"][1] == "plain" and "\x1b" not in str(found)
        assert found["findings"][0] == {"cause": SECRET.replace("hunter2hunter2", "***"), "file": "a.py"}
    assert sent.value["findings"][0]["cause"] == SECRET, "what was given is not changed"


def test_what_held_a_secret_or_is_long_is_not_kept_in_memory() -> None:
    clean = Clean(10_000)
    assert clean.changed({SECRET, "plain"}) == {SECRET: SECRET.replace("hunter2hunter2", "***")}
    assert clean._known == {"plain"}
    assert clean.changed({"x" * 10_000}) == {} and clean._known == {"plain"}
    for number in range(200):
        clean.changed({f"text {number}", f"another {number}", f"\u4e2d{number}"})
        assert clean._known and sum(map(sys.getsizeof, clean._known)) + sys.getsizeof(clean._known) <= 20_000


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"seconds": 3},
        {"seconds": 0.5},
        {"seconds": -0.0},
        {"seconds": 10**18},
        {"seconds": 10**30},
        {"seconds": 9007199254740993},
        {"seconds": -1},
        {"seconds": "3"},
        {"seconds": True},
        {"seconds": None},
        {"notes": ["\x1b[31mred", SECRET, "\u2028", ""]},
        {"notes": [{}] * 3},
        {"findings": [finding("a", line=3.0), finding("b", line=10**17)]},
        {"findings": [finding("a", line=3.5)]},
        {"findings": [finding("a", line=10**18)]},
        {"findings": [finding("a", more=1)]},
        {"verdict": "perhaps"},
        {"more": 1},
    ],
)  # fmt: skip
def test_the_quick_way_and_the_precise_one_come_to_the_same(changed: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def came_to() -> object:
        try:
            found = received(raw).document
        except NoReport as refusal:
            return refusal.problems
        assert all(type(each["line"]) is int for each in found["findings"])
        return found

    raw = json.dumps({**report("fails", [finding("orders")]), **changed}).encode()
    quick = came_to()
    monkeypatch.setattr(arrival, "quickly", lambda raw: None)
    assert quick == came_to()


@pytest.mark.parametrize("text", ['"NaN": NaN', '"created": "\\ud800"', '"created": "\\u0000"', '"a": 1e999'])
def test_what_cannot_be_kept_is_refused_also_where_all_else_is_right(text: str) -> None:
    raw = json.dumps(report("starts")).encode()
    with pytest.raises(NoReport):
        received(raw[:-1] + b", " + text.encode() + b"}")


@pytest.mark.parametrize("place", ["findings", "notes", "stages", "criteria"])
def test_a_million_things_that_are_wrong_cost_no_more_than_one(place: str) -> None:
    raw = json.dumps(report("fails")).encode().replace(b'"%s": [' % place.encode(), b'"%s": [' % place.encode() + b"{}," * 400_000, 1)
    began = time.process_time()
    with pytest.raises(NoReport) as refused:
        received(raw)
    assert time.process_time() - began < 5, "it took minutes, and no other thread ran meanwhile"
    assert refused.value.problems


def test_a_packed_report_is_what_it_was() -> None:
    told = {"a": [1, 2.5, None, True, "ä\u2028\U0001f600", {"deep": [[]]}], "large": 10**17, "": ""}
    assert unpacked(packed(told)) == told and len(packed({"a": "x" * 100_000})) < 1000
