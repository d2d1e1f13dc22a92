"""Words of a command are found and changed in every form in which a project writes one."""

import pytest

from bootproof.edits import commands
from bootproof.edits.apply import apply

PROC = "web: uvicorn main:app --port ''\n"
SHELL = "#!/bin/sh\nset -e\nexec \\\n  uvicorn \\\n    main:app \\\n    --port 80\n"
DOCKER = 'FROM python\nCMD ["python", "-m", "uvicorn", "main:app", "--port", "80"]\n'
LISTED = "services:\n  web:\n    command:\n      - uvicorn\n      - 'main:app'\n      - --port=80\n"
TEXT = 'services:\n  web:\n    command: "sh -c \'uvicorn main:app --port 80\'"\n'
JSON = '{"deploy": {"startCommand": "uvicorn main:app --port 80"}}\n'
FORMS = {"Procfile": PROC, "serve.sh": SHELL, "Dockerfile": DOCKER, "compose.yml": LISTED, "docker-compose.yml": TEXT, "railway.json": JSON}


def word_of(file: str, text: bytes, word: str) -> commands.Word:
    return next(each for each in commands.words(file, text, 1, "uvicorn") if each.text == word)


def made(file: str, text: str, edit_of) -> str:
    data = text.encode()
    return apply([edit_of(data)], lambda _: data)[file].decode()


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("file", FORMS)
def test_a_word_is_replaced_and_nothing_else(file: str, ending: str) -> None:
    text = FORMS[file].replace("\n", ending)
    mended = made(file, text, lambda data: commands.replaced(data, word_of(file, data, "main:app"), "shop.main:api"))
    assert mended == text.replace("main:app", "shop.main:api")


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("Procfile", "uvicorn main:app -k x --port ''"),
        ("serve.sh", "    main:app -k x \\\n"),
        ("Dockerfile", '"main:app", "-k", "x", "--port"'),
        ("compose.yml", "      - 'main:app'\n      - '-k'\n      - 'x'\n      - --port=80"),
        ("docker-compose.yml", "'uvicorn main:app -k x --port 80'"),
        ("railway.json", '"uvicorn main:app -k x --port 80"'),
    ],
)
def test_words_are_added_in_the_form_of_their_neighbours(file: str, expected: str) -> None:
    text = FORMS[file]
    mended = made(file, text, lambda data: commands.added(data, word_of(file, data, "main:app"), "-k", "x"))
    assert expected in mended


def test_an_empty_word_has_a_place_inside_its_quotes() -> None:
    word = commands.words("Procfile", PROC.encode(), 1, "uvicorn")[-1]
    assert (word.text, PROC[word.start - 1 : word.end + 1]) == ("", "''")


def test_a_word_may_be_replaced_and_others_added_behind_it() -> None:
    data = DOCKER.encode()
    at = word_of("Dockerfile", data, "main:app")
    edits = [commands.replaced(data, at, "-m"), commands.added(data, at, "shop.main")]
    assert b'"-m", "shop.main", "--port"' in apply(edits, lambda _: data)["Dockerfile"]


def test_words_before_the_program_are_no_part_of_it() -> None:
    assert [each.text for each in commands.words("Procfile", PROC.encode(), 1, "uvicorn")][:2] == ["uvicorn", "main:app"]
    assert commands.words("Procfile", PROC.encode(), 1, "gunicorn") == ()
    assert commands.words("Procfile", PROC.encode(), 9, "uvicorn") == ()
