"""Values of settings files: their own bytes change, and python-dotenv reads back what was written."""

import io

import pytest
from dotenv import dotenv_values
from dotenv.parser import parse_stream
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bootproof.edits.apply import apply
from bootproof.edits.envfile import add_variable, remove_variable, replace_part, set_value
from bootproof.edits.errors import EditImpossible
from bootproof.model.edit import Edit
from bootproof.model.project import SettingValue


def mend(text: str, *edits: Edit, file: str = ".env") -> str:
    return apply(edits, lambda _: text.encode()).get(file, text.encode()).decode()


def read(text: str) -> dict[str, str | None]:
    return dict(dotenv_values(stream=io.StringIO(text), interpolate=False))


def value_of(text: str, key: str, *, quotes: bool) -> SettingValue:
    """The value as discovery would give it: its span with the quotes around it, or without them."""
    for binding in parse_stream(io.StringIO(text)):
        if binding.key == key:
            whole = binding.original.string
            start = text.index(whole) + whole.index("=") + 1
            start += len(text[start:]) - len(text[start:].lstrip(" "))
            mark = text[start]
            if mark in "'\"":
                end = text.index(mark, start + 1)
                while text[end - 1] == "\\":
                    end = text.index(mark, end + 1)
                start, end = (start, end + 1) if quotes else (start + 1, end)
            else:
                end = start + len(binding.value or "")
            begin, stop = len(text[:start].encode()), len(text[:end].encode())
            return SettingValue(key, binding.value or "", ".env", binding.original.line, begin, stop)
    raise AssertionError(f"no {key}")


TEXTS = [
    "A=1\nURL='postgresql://u:p@h/d?sslmode=require&x=1'\nB=2\n",
    'A=1\r\nexport URL="postgresql://u:p@h/d?sslmode=require&x=1"  # the database\r\n',
    "# é\nURL=postgresql://u:p@h/d?sslmode=require&x=1 # é\n",
    "URL = postgresql://u:p@h/d?sslmode=require&x=1",
    "\ufeffA=ü\nURL='postgresql://u:p@h/d?sslmode=require&x=1'",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("quotes", [True, False])
def test_parts_of_a_value_change_and_all_else_stays(text: str, quotes: bool) -> None:
    value = value_of(text, "URL", quotes=quotes)
    parts = [("postgresql", "postgresql+asyncpg"), ("sslmode", "ssl"), ("&x=1", "")]
    edits = []
    for old, new in parts:
        start = value.value.index(old)
        edits.append(replace_part(value, text.encode(), start, start + len(old), new))
    expected = text
    for old, new in parts:
        expected = expected.replace(old, new)
    assert mend(text, *edits) == expected
    assert mend(text, *reversed(edits)) == expected
    assert mend(text, edits[1]) == text.replace("sslmode", "ssl")


def test_part_behind_escapes_is_found() -> None:
    text = 'K="a\\"b\\\\c\\nd\\x" # c\n'
    value = value_of(text, "K", quotes=True)
    assert value.value == 'a"b\\c\nd\\x'
    edit = replace_part(value, text.encode(), value.value.index("d"), len(value.value), 'D"')
    assert read(mend(text, edit))["K"] == 'a"b\\c\nD"'


def test_composed_value_is_not_guessed_at() -> None:
    text = "H=host\nURL=postgresql://${H}/host?sslmode=require\n"
    value = value_of(text, "URL", quotes=False)
    seen = SettingValue("URL", "postgresql://host/host?sslmode=require", ".env", 2, value.start, value.end)
    start = seen.value.index("sslmode")
    edit = replace_part(seen, text.encode(), start, start + 7, "ssl")
    assert mend(text, edit).endswith("://${H}/host?ssl=require\n")
    with pytest.raises(EditImpossible, match="composed"):
        replace_part(seen, text.encode(), 13, 17, "x")
    with pytest.raises(EditImpossible, match="shorter"):
        replace_part(seen, text.encode(), 0, 99, "x")


values = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t'\"\\#= $"), max_size=20
)


@given(
    new=values, text=st.sampled_from(["K=old # c\nZ=1\n", "export K='old' # c\nZ=1\n", 'K="old" # c\nZ=1\n'])
)
@example(new="a'b\"c\\", text="K=old # c\nZ=1\n")
@example(new="#x", text="K=old # c\nZ=1\n")
@example(new="", text="K=old # c\nZ=1\n")
def test_any_value_is_read_back_as_it_was_set(new: str, text: str) -> None:
    done = mend(text, set_value(value_of(text, "K", quotes=False), text.encode(), new))
    assert read(done) == {"K": new, "Z": "1"}
    assert done.endswith(" # c\nZ=1\n")


@settings(deadline=None)
@given(new=values, text=st.sampled_from(["", "A=1\n", "A=1", "A='x'\r\n"]))
def test_any_variable_is_added_in_a_line_of_its_own(new: str, text: str) -> None:
    done = mend(text, add_variable(".env", text.encode(), "K", new))
    assert read(done) == {**read(text), "K": new}
    assert done.startswith(text)
    assert not (text.endswith("\r\n") and not done.endswith("\r\n"))


def test_file_is_created_and_several_variables_follow_each_other() -> None:
    create = add_variable(".env", None, "K", "v w")
    assert apply([create], lambda _: None) == {".env": b"K='v w'\n"}
    text = "A=1"
    both = [add_variable(".env", text.encode(), key, "1") for key in "BC"]
    assert mend(text, *both) == "A=1\nB=1\nC=1"


def test_variable_is_taken_out_with_its_line() -> None:
    text = "A=1\r\nexport K='x' # c\r\nB=2"
    assert mend(text, remove_variable(value_of(text, "K", quotes=True), text.encode())) == "A=1\r\nB=2"


@pytest.mark.parametrize(
    ("line", "new", "after"),
    [
        ("- ORIGINS=a,b # c", '["a", "b"]', '- ORIGINS=["a", "b"] # c'),
        ("ORIGINS: a,b", '["a", "it\'s"]', "ORIGINS: '[\"a\", \"it''s\"]'"),
        ('- "ORIGINS=a,b"', '["a", "b"]', None),
        ("- 'ORIGINS=a,b'", "['a']", None),
        ("[ORIGINS=a,b]", '["a", "b"]', None),
    ],
)
def test_value_in_a_compose_file_gets_the_quotes_that_yaml_needs(line: str, new: str, after: str | None) -> None:
    text = f"    environment:\n      {line}\n"
    start = text.index("a,b")
    value = SettingValue("ORIGINS", "a,b", "c.yaml", 2, start, start + 3, source="compose")
    if after is None:
        with pytest.raises(EditImpossible):
            set_value(value, text.encode(), new)
    else:
        assert mend(text, set_value(value, text.encode(), new), file="c.yaml") == f"    environment:\n      {after}\n"


def test_value_in_a_compose_file_changes_only_where_it_needs_no_quotes() -> None:
    text = "    environment:\n      - URL=postgres://h/d # c\n"
    start = text.index("postgres")
    value = SettingValue("URL", "postgres://h/d", "c.yml", 2, start, start + 14, source="compose")
    edit = replace_part(value, text.encode(), 0, 8, "postgresql+asyncpg")
    assert "URL=postgresql+asyncpg://h/d # c" in mend(text, edit, file="c.yml")
    for new in ("a b", "x: y", "a\nb"):
        with pytest.raises(EditImpossible):
            set_value(value, text.encode(), new)
