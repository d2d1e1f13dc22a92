"""The pages of the rules: every rule has one, made from the rule and its example alone."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from bootproof.rules.registry import RulePage, pages
from tests.conftest import EXAMPLES, HERE

SCRIPT = HERE / "docs" / "generate.py"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_command_writes_the_same_bytes_twice(tmp_path: Path) -> None:
    trees = []
    for name in ("one", "two"):
        subprocess.run([sys.executable, str(SCRIPT), str(tmp_path / name)], check=True)
        trees.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert trees[0] == trees[1]
    assert len(trees[0]) == len(pages()) + 1


@pytest.mark.parametrize("rule", pages(), ids=lambda rule: rule.code)
def test_page_is_the_rule_and_its_example(rule: RulePage, generator: ModuleType) -> None:
    text = generator.page(rule)
    assert text.startswith(f"# {rule.code} {rule.name}\n\n{rule.summary}\n")
    examples = list(EXAMPLES.glob(f"{rule.code}-*"))
    assert text.count("\n## Example: ") == len(examples)
    mended = [folder for folder in examples if (folder / "after").is_dir()]
    changes = re.findall(r"^```+diff\n(.*?)^```+$", text, re.MULTILINE | re.DOTALL)
    assert bool(changes or " is made by the fix." in text) == bool(mended)
    for each in changes:
        assert re.search(r"^[+-]", each, re.MULTILINE), "a change that changes nothing"


def test_example_without_a_fix_shows_the_code_at_fault(generator: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "before" / "app").mkdir(parents=True)
    (tmp_path / "before" / "app" / "main.py").write_text("first\nsecond\nthe fault\nfourth\nfifth\nsixth\n")
    finding = 'code = "BP999"\nfile = "app/main.py"\nline = 3\n'
    (tmp_path / "case.toml").write_text(f'teaches = "a lesson"\n[[finding]]\n{finding}')
    text = "\n".join(generator.example(tmp_path))
    assert "the fault" in text
    assert "sixth" not in text


def test_index_leads_to_every_page(generator: ModuleType) -> None:
    made = generator.rendered()
    assert set(re.findall(r"\]\(([^)]+)\)", made["index.md"])) == set(made) - {"index.md"}


def test_code_that_holds_a_fence_is_fenced_by_a_longer_one(generator: ModuleType) -> None:
    assert generator.fenced("", "```\ninside\n```").startswith("````")
