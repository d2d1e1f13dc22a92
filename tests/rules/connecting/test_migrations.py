"""What stops migrations, over source trees of other shapes than the examples'."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from bootproof.model.words import Safety, Stage
from bootproof.rules.connecting import (
    alembic_enum_created_twice,
    alembic_logging_sections_missing,
    alembic_percent_in_option,
    alembic_revision_missing,
    alembic_scripts_not_found,
)
from tests.rules.connecting.source_facts import failed, found, line_of, mended, seen

INI = "[alembic]\nscript_location = {folder}\nprepend_sys_path = .\nsqlalchemy.url = postgresql+asyncpg://a@b/c\n"
ENV = "from alembic import context\n\nconfig = context.config\n{more}\ncontext.run_migrations()\n"


def version(name: str, down: str, *body: str) -> str:
    lines = "\n".join(f"    {each}" for each in body) or "    pass"
    return f"import sqlalchemy as sa\nfrom alembic import op\n\nrevision: str = '{name}'\ndown_revision = {down}\n\n\ndef upgrade():\n{lines}\n"


def tree(**more: str) -> dict[str, str]:
    return {
        "alembic.ini": INI.format(folder="db"),
        "db/env.py": ENV.format(more=""),
        "db/versions/a.py": version("aa11", "None"),
        "Procfile": "release: alembic upgrade head\nweb: uvicorn main:app\n",
        **{name.replace("__", "/").replace("_py", ".py"): text for name, text in more.items()},
    }


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('config.set_main_option("sqlalchemy.url", url)', 'url.replace("%", "%%"))'),
        ('config.set_main_option("sqlalchemy.url", str(settings.dsn))', 'str(settings.dsn).replace("%", "%%"))'),
        ("config.set_main_option('sqlalchemy.url', a + b)", "(a + b).replace(\"%\", \"%%\"))"),
        ("config.set_main_option('sqlalchemy.url', 'p://u:a%40b@h/d')", "'p://u:a%%40b@h/d')"),
        ('config.set_section_option("alembic", "sqlalchemy.url", url)', 'url.replace("%", "%%"))'),
    ],
)
def test_a_percent_sign_is_doubled_where_the_option_is_set(tmp_path: Path, line: str, expected: str) -> None:
    env = ENV.format(more=line)
    symptom = seen(failed("ValueError", [("db/env.py", line_of(env, line))], behind=["alembic.config", "configparser"]))

    _finding, fix, facts = found(alembic_percent_in_option, tmp_path, tree(db__env_py=env), symptom)

    assert expected in mended(fix, facts, "db/env.py")


def test_a_percent_sign_in_the_ini_file_is_doubled_and_references_stay(tmp_path: Path) -> None:
    ini = INI.format(folder="%(here)s/db").replace("a@b", "a:x%40y@b") + "file_template = %%(rev)s\n"
    symptom = seen(failed("configparser.InterpolationError", [("db/env.py", 3)], behind=["configparser"], option="sqlalchemy.url"))

    finding, fix, facts = found(alembic_percent_in_option, tmp_path, {**tree(), "alembic.ini": ini}, symptom)

    assert finding is not None and finding.line == 4
    assert mended(fix, facts, "alembic.ini") == ini.replace("x%40y", "x%%40y")


@pytest.mark.parametrize(
    ("name", "down", "others", "meant"),
    [
        ("cc33", "'bb22'", {}, "aa11"),
        ("cc33", "('aa11', 'bb22')", {}, "aa11"),
        ("cc33", "'aa1'", {"bb22": "None"}, "aa11"),
        ("cc33", "'zz99'", {"bb22": "None"}, None),
    ],
)
def test_a_migration_is_put_on_the_one_revision_that_could_be_meant(
    tmp_path: Path, name: str, down: str, others: Mapping[str, str], meant: str | None
) -> None:
    key = down.strip("()").split(",")[-1].strip(" '")
    files = {f"db/versions/{each}.py": version(each, below) for each, below in others.items()}
    files["db/versions/c.py"] = version(name, down)
    symptom = seen(failed("KeyError", [], behind=["alembic.script.revision"], args=[key]), stage=Stage.PRESTART)

    finding, fix, facts = found(alembic_revision_missing, tmp_path, {**tree(), **files}, symptom)

    assert finding is not None and finding.file == "db/versions/c.py"
    assert (fix is None) is (meant is None)
    if fix is not None:
        assert fix.safety is Safety.UNSAFE
        assert f'"{meant}"' in mended(fix, facts, "db/versions/c.py")


def test_a_key_that_no_migration_names_is_another_fault(tmp_path: Path) -> None:
    symptom = seen(failed("KeyError", [], behind=["alembic.script.revision"], args=["elsewhere"]))

    assert found(alembic_revision_missing, tmp_path, tree(), symptom)[0] is None


@pytest.mark.parametrize(
    ("file", "text", "command", "expected"),
    [
        (
            "Procfile",
            "release: alembic upgrade head\nweb: uvicorn main:app\n",
            ("alembic", "upgrade", "head"),
            "release: alembic -c ops/alembic.ini upgrade head\n",
        ),
        (
            "start.sh",
            "#!/bin/sh\nset -e\nalembic upgrade head\nexec uvicorn main:app\n",
            ("alembic", "upgrade", "head"),
            "alembic -c ops/alembic.ini upgrade head\n",
        ),
    ],
)
def test_an_ini_file_elsewhere_is_named_in_the_command(
    tmp_path: Path, file: str, text: str, command: tuple[str, ...], expected: str
) -> None:
    files = {"ops/alembic.ini": INI.format(folder="db"), "ops/db/env.py": ENV.format(more=""), file: text}
    if file != "Procfile":
        files["Dockerfile"] = f'FROM python:3.11\nWORKDIR /app\nCOPY . .\nCMD ["sh", "{file}"]\n'
    symptom = seen(failed("alembic.util.exc.CommandError", [], behind=["alembic.script.base"]), stage=Stage.PRESTART, command=command)

    finding, fix, facts = found(alembic_scripts_not_found, tmp_path, files, symptom)

    assert finding is not None and finding.file == file
    assert expected in mended(fix, facts, file)
    assert "script_location = %(here)s/db\nprepend_sys_path = %(here)s\n" in mended(fix, facts, "ops/alembic.ini")


@pytest.mark.parametrize("folder", ["ops/db", "./ops/db"])
def test_paths_that_hold_where_alembic_is_run_stay(tmp_path: Path, folder: str) -> None:
    procfile = "release: alembic upgrade head\nweb: uvicorn main:app\n"
    files = {"ops/alembic.ini": INI.format(folder=folder), "ops/db/env.py": ENV.format(more=""), "Procfile": procfile}
    command = ("alembic", "upgrade", "head")
    symptom = seen(failed("alembic.util.exc.CommandError", [], behind=["alembic.script.base"]), stage=Stage.PRESTART, command=command)

    _finding, fix, _facts = found(alembic_scripts_not_found, tmp_path, files, symptom)

    assert fix is not None and {each.file for each in fix.edits} == {"Procfile"}


@pytest.mark.parametrize("more", ["config.set_main_option('sqlalchemy.url', url)", ""])
def test_a_lost_ini_file_is_written_only_where_env_sets_the_url(tmp_path: Path, more: str) -> None:
    files = {name: text for name, text in tree(db__env_py=ENV.format(more=more)).items() if name != "alembic.ini"}
    command = ("alembic", "upgrade", "head")
    symptom = seen(failed("alembic.util.exc.CommandError", [], behind=["alembic.script.base"]), stage=Stage.PRESTART, command=command)

    finding, fix, facts = found(alembic_scripts_not_found, tmp_path, files, symptom)

    assert finding is not None and (fix is not None) is bool(more)
    if fix is not None:
        assert fix.safety is Safety.UNSAFE
        assert "script_location = db\n" in mended(fix, facts, "alembic.ini")


@pytest.mark.parametrize("location", ["gone", "%(here)s/gone"])
def test_the_folder_of_scripts_is_named_as_it_was_written(tmp_path: Path, location: str) -> None:
    files = {**tree(), "alembic.ini": INI.format(folder=location).replace("\n", "\r\n")}
    symptom = seen(failed("alembic.util.exc.CommandError", [], behind=["alembic.script.base"]), stage=Stage.PRESTART)

    finding, fix, facts = found(alembic_scripts_not_found, tmp_path, files, symptom)

    assert finding is not None and finding.line == 2
    assert f"script_location = {location.replace('gone', 'db')}\r\n" in mended(fix, facts, "alembic.ini")


def test_only_the_missing_sections_are_added(tmp_path: Path) -> None:
    ini = INI.format(folder="db") + "\n[loggers]\nkeys = root\n\n[logger_root]\nhandlers =\n"
    env = ENV.format(more="fileConfig(config.config_file_name)")
    symptom = seen(failed("KeyError", [("db/env.py", 4)], behind=["logging.config"], args=["formatters"]))

    _finding, fix, facts = found(alembic_logging_sections_missing, tmp_path, {**tree(db__env_py=env), "alembic.ini": ini}, symptom)

    assert mended(fix, facts, "alembic.ini") == ini + "\n[handlers]\nkeys =\n\n[formatters]\nkeys =\n"


CREATES = 'CREATE TYPE "state" AS ENUM (\'a\')'


@pytest.mark.parametrize(
    ("body", "at", "expected"),
    [
        (
            ["state = sa.Enum('a', name='state')", "state.create(op.get_bind())", "op.create_table('t', sa.Column('s', state))"],
            "create_table",
            "state = postgresql.ENUM('a', name='state', create_type=False)",
        ),
        (
            ["op.add_column(", "    't',", "    sa.Column('s', postgresql.ENUM('a', name='state')),", ")"],
            "add_column",
            "postgresql.ENUM('a', name='state', create_type=False)",
        ),
        (["sa.Enum('a', name='state').create(op.get_bind())"], ".create(", "create(op.get_bind(), checkfirst=True)"),
    ],
)
def test_a_type_that_exists_is_used(tmp_path: Path, body: list[str], at: str, expected: str) -> None:
    text = version("bb22", "'aa11'", *body)
    frames = [("db/versions/b.py", line_of(text, at))]
    symptom = seen(
        failed("sqlalchemy.exc.ProgrammingError", frames, statement=CREATES),
        failed("asyncpg.exceptions.DuplicateObjectError", [], sqlstate="42710"),
    )

    _finding, fix, facts = found(alembic_enum_created_twice, tmp_path, {**tree(), "db/versions/b.py": text}, symptom)

    assert expected in mended(fix, facts, "db/versions/b.py")


def test_a_type_of_another_name_is_another_fault(tmp_path: Path) -> None:
    text = version("bb22", "'aa11'", "op.create_table('t', sa.Column('s', sa.Enum('a', name='other')))")
    symptom = seen(failed("E", [("db/versions/b.py", line_of(text, "create_table"))], statement=CREATES, sqlstate="42710"))

    assert found(alembic_enum_created_twice, tmp_path, {**tree(), "db/versions/b.py": text}, symptom)[0] is None
