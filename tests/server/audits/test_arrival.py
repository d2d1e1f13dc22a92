"""A report as it arrives is washed, the tenth time as the first."""

import json

from bootproof.server.audits.arrival import Clean, washed
from bootproof.server.audits.packing import packed, unpacked
from bootproof.server.security.bodies import parse

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
    clean = Clean(100)
    assert clean.changed({SECRET, "plain"}) == {SECRET: SECRET.replace("hunter2hunter2", "***")}
    assert clean._known == {"plain"}
    assert clean.changed({"x" * 101}) == {} and "x" * 101 not in clean._known
    for number in range(100):
        clean.changed({f"text {number}", f"another {number}"})
        assert clean._known and sum(map(len, clean._known)) <= 100


def test_a_packed_report_is_what_it_was() -> None:
    told = {"a": [1, 2.5, None, True, "ä\u2028\U0001f600", {"deep": [[]]}], "large": 10**17, "": ""}
    assert unpacked(packed(told)) == told and len(packed({"a": "x" * 100_000})) < 1000
