"""What is true of every format."""

import ast
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bootproof.report
from bootproof.model.report import Report
from bootproof.report import FORMATS, changes, render

from . import sample_reports as samples

SUFFIXES = {"terminal": "txt", "markdown": "md", "json": "json"}
REPORTS: dict[str, Callable[[], Report]] = {
    "broken": samples.broken,
    "healthy": samples.healthy,
    "unproved": samples.unproved,
    "placeholder": samples.only_placeholder,
    "fixed": lambda: replace(samples.broken(), files_modified=samples.changed(applied=True)),
}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", REPORTS)
def test_the_whole_output_is_as_reviewed(
    name: str, format: str, snapshot: Callable[[str, str], None]
) -> None:
    snapshot(f"{name}.{SUFFIXES[format]}", render(REPORTS[name](), format))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", REPORTS)
def test_no_secret_is_in_any_format(name: str, format: str) -> None:
    text = render(REPORTS[name](), format)
    assert samples.PASSWORD not in text and samples.API_KEY not in text
    assert "stand-in-1f3870be" not in text
    assert "\x1b" not in text and "/somewhere" not in text and "/cache" not in text


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_report_gives_the_same_bytes(format: str) -> None:
    assert render(samples.broken(), format) == render(samples.broken(), format)


@pytest.mark.parametrize("format", FORMATS)
@given(text=st.text())
def test_any_text_of_a_project_can_be_shown(format: str, text: str) -> None:
    report = samples.broken()
    first = replace(report.findings[0], cause=text, explanation=text, old=text, new=text)
    assert report.server is not None
    report = replace(report, findings=(first,), server=replace(report.server, log=text), notes=(text,))
    rendered = render(report, format)
    rendered.encode()
    assert rendered.endswith("\n") and "\x1b" not in rendered and "\x07" not in rendered


def test_lone_surrogates_can_be_shown() -> None:
    report = replace(samples.healthy(), notes=("\udcff",))
    for format in FORMATS:
        render(report, format).encode()


def test_an_unknown_format_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'xml'"):
        render(samples.healthy(), "xml")


def test_what_fix_prints_is_as_reviewed(snapshot: Callable[[str, str], None]) -> None:
    done = replace(samples.broken(), files_modified=samples.changed(applied=True))
    shown = replace(samples.broken(), files_modified=samples.changed(applied=False))
    snapshot("changes-applied.txt", changes.render(done))
    snapshot("changes-unsafe.txt", changes.render(done, unsafe=True))
    snapshot("changes-shown.txt", changes.render(shown))
    snapshot("changes-none.txt", changes.render(samples.healthy()))
    snapshot("changes-placeholder.txt", changes.render(samples.only_placeholder()))
    snapshot("changes.diff", changes.diff(shown))
    assert changes.diff(samples.healthy()) == ""
    assert samples.PASSWORD not in changes.diff(shown) + changes.render(done)


def test_a_renderer_needs_no_file_and_no_clock() -> None:
    folder = Path(bootproof.report.__file__).parent
    imported = {
        alias.name if isinstance(node, ast.Import) else str(node.module)
        for file in folder.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    assert not imported & {"os", "sys", "time", "datetime", "subprocess", "shutil", "socket"}
