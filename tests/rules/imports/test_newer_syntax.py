"""Spellings of newer Pythons on one line, and what older ones read instead."""

import ast

import pytest

from bootproof.rules.imports._newer_syntax import respelled


def older(line: str) -> str:
    for each in reversed(respelled(line)):
        line = line[: each.start] + each.new + line[each.end :]
    return line


@pytest.mark.parametrize(
    ("newer", "expected"),
    [
        ('f"{d["a"]}"', "f\"{d['a']}\""),
        ("f'{d['a']!r:>{w}}'", "f'{d[\"a\"]!r:>{w}}'"),
        ('f"{", ".join(x)} and {d["b c"]}"', "f\"{', '.join(x)} and {d['b c']}\""),
        ('rf"{d["a"]}\\d"', "rf\"{d['a']}\\d\""),
        ('f"{{{d["a"]}}}"', "f\"{{{d['a']}}}\""),
        ('log("x", f"{d["a"]}", "y")', "log(\"x\", f\"{d['a']}\", \"y\")"),
        ("    except KeyError, errors.Late:", "    except (KeyError, errors.Late):"),
        ("except* OSError, EOFError:", "except* (OSError, EOFError):"),
    ],
)
def test_newer_spelling_in_older_words(newer: str, expected: str) -> None:
    assert older(newer) == expected
    if not newer.strip().startswith("except"):
        ast.parse(expected)


@pytest.mark.parametrize(
    "line",
    [
        "f\"{d['a']}\"",
        'f"{{d["a"]}}"',  # no field at all
        '"{d["a"]}"',  # no f-string
        "except (KeyError, ValueError):",
        "except KeyError, problem:",  # Python 2: it names the exception
        "except KeyError as problem:",
        'x = "a"  # f"{d["a"]}"',
        'f"{d["it\'s"]}"',  # no quotes are left for it
    ],
)
def test_what_has_no_older_spelling_stays(line: str) -> None:
    assert older(line) == line
