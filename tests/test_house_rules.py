"""Walks `rules/`: the house rules hold for every rule, so that nobody has to remember them."""

import re
from pathlib import Path

import pytest

from bootproof import rules
from bootproof.rules.registry import Rule, all_rules
from tests.conftest import EXAMPLES

FOLDER = Path(rules.__path__[0])
HEADINGS = [
    "What happens",
    "Why the server cannot start",
    "How to recognise it",
    "How it is fixed",
    "Fix safety",
    "References",
]
FAMILIES = [
    "undiagnosed",
    "dependencies",
    "imports",
    "settings",
    "application",
    "engine",
    "connecting",
    "server",
    "requests",
    "shutdown",
]


def file_of(rule: Rule) -> Path:
    return next(FOLDER.rglob(rule.name.replace("-", "_") + ".py"))


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: f"{rule.code}-{rule.name}")
class TestEveryRule:
    def test_page_has_the_headings_in_order(self, rule: Rule) -> None:
        assert re.findall(r"^## (.+)$", rule.page, re.MULTILINE) == HEADINGS

    def test_summary_is_short_and_has_no_full_stop(self, rule: Rule) -> None:
        assert 0 < len(rule.summary) <= 80
        assert not rule.summary.endswith(".")

    def test_code_is_of_its_folder(self, rule: Rule) -> None:
        assert re.fullmatch(r"BP\d{3}", rule.code)
        assert file_of(rule).parent.name == FAMILIES[int(rule.code[2])]

    def test_name_is_a_pattern_and_not_a_cure(self, rule: Rule) -> None:
        assert not re.match(r"(?:no|check|avoid|forbid)-", rule.name)

    def test_file_is_small(self, rule: Rule) -> None:
        assert len(file_of(rule).read_text().splitlines()) <= 200

    def test_has_an_example(self, rule: Rule) -> None:
        if rule.code == "BP000":
            return  # what no rule knows has no example: as soon as it had, a rule would know it
        assert list(EXAMPLES.glob(f"{rule.code}-{rule.name}")) or list(EXAMPLES.glob(f"{rule.code}-*"))

    def test_has_an_eye(self, rule: Rule) -> None:
        assert rule.diagnose or rule.scan or rule.code == "BP000"

    def test_keeps_no_table_of_versions(self, rule: Rule) -> None:
        code = re.sub(r'^""".*?"""', "", file_of(rule).read_text(), count=1, flags=re.DOTALL)
        assert not re.search(r"__version__|version_info", code)

    def test_starts_no_process_and_writes_no_file(self, rule: Rule) -> None:
        text = file_of(rule).read_text()
        assert not re.search(r"\bsubprocess\b|\bos\.system\b|\.write_text\(|\.write_bytes\(|\bopen\(", text)


def test_codes_are_never_used_twice() -> None:
    codes = [rule.code for rule in all_rules()]
    assert len(codes) == len(set(codes))
