"""The source reader: which files are own, where a node stands, what is reached."""



import ast
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bootproof.model.project import Target
from bootproof.project import imports
from bootproof.project.sources import Sources


def test_installed_built_and_cached_files_are_not_own(lay, tmp_path):
    root = lay(
        {
            "app/main.py": "", "env39/pyvenv.cfg": "", "env39/lib/x.py": "", "node_modules/a.py": "", "build/lib/b.py": "",
            "app/build/__init__.py": "", "app/build/c.py": "", ".mypy_cache/d.py": "", ".odd/CACHEDIR.TAG": "",
            ".odd/e.py": "", "x.egg-info/f.py": "", ".envs/.local/.api": "A=1", "app/__pycache__/g.py": "",
        }
    )  # fmt: skip
    outside = tmp_path / "outside.py"
    outside.write_text("secret = 1")
    (root / "link.py").symlink_to(outside)
    (root / "out").symlink_to(tmp_path)
    (root / "loop").symlink_to(root)
    (root / "inner.py").symlink_to(root / "app/main.py")
    sources = Sources(root)
    assert sources.files() == (
        ".envs/.local/.api", "app/build/__init__.py", "app/build/c.py", "app/main.py", "inner.py",
    )  # fmt: skip
    assert sources.text("link.py") is None
    assert sources.text("../outside.py") is None
    assert sources.text(os.fspath(outside)) is None


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_spans_are_bytes_whatever_the_line_ends(lay, end, mark):
    text = end.join(
        [
            "\tpass" if False else "x = 'é€𝄞'; url = 'ü' + name('ß')",
            "if x:",
            "\ty = call(\f 1,",
            "\t\t'ñ')",
            "",
        ]
    )
    sources = Sources(lay({"m.py": mark + text.encode()}))
    data = sources.text("m.py")
    tree = sources.syntax("m.py")
    seen = set()
    for node in ast.walk(tree):
        if (isinstance(node, ast.Constant) and isinstance(node.value, str)) or isinstance(
            node, ast.Call | ast.Name
        ):
            start, stop = sources.span("m.py", node)
            piece = data[start:stop].decode()
            assert ast.dump(ast.parse(piece.replace("\r", "\n"), mode="eval").body) == ast.dump(node).replace(
                "Store", "Load"
            )
            seen.add(piece)
    assert "'é€𝄞'" in seen and "'ñ'" in seen


def test_spans_follow_the_declared_encoding(lay):
    data = "# coding: latin-1\nname = 'é' + 'ö'\n".encode("latin-1")
    sources = Sources(lay({"m.py": data}))
    last = sources.syntax("m.py").body[0].value.right
    start, stop = sources.span("m.py", last)
    assert data[start:stop] == "'ö'".encode("latin-1")


def test_reachable_follows_packages_relative_and_lazy_imports(lay):
    root = lay(
        {
            "svc/__init__.py": "", "svc/main.py": "from . import (a,\n  b as c)\nfrom typing import TYPE_CHECKING\n"
            "if TYPE_CHECKING:\n    from svc import never\nx = 1\nimport svc.late\n",
            "svc/a/__init__.py": "from .deep import x\n", "svc/a/deep.py": "from ...svc import d\n",
            "svc/b.py": "def f():\n    import svc.lazy; import os\n", "svc/lazy.py": "", "svc/never.py": "",
            "svc/late.py": "'''\nimport svc.quoted\n'''\n", "svc/quoted.py": "", "svc/d.py": "", "other.py": "",
        }
    )  # fmt: skip
    sources = Sources(root)
    reached = sources.reachable(Target("svc.main", "app", "svc/main.py"))
    names = {"__init__", "main", "a/__init__", "a/deep", "b", "lazy", "late"}
    assert reached == {f"svc/{name}.py" for name in names}


def test_module_names_follow_the_path(lay):
    sources = Sources(
        lay({"back/src/x/__init__.py": "", "back/src/x/y.py": "", "back/z.py": ""}), ("back", "back/src")
    )
    assert sources.module_of("back/src/x/y.py") == "x.y"
    assert sources.module_of("back/src/x/__init__.py") == "x"
    assert sources.module_of("back/z.py") == "z"
    assert sources.file_of("x.y") == "back/src/x/y.py"
    assert sources.file_of("x") == "back/src/x/__init__.py"
    assert sources.file_of("fastapi") is None


def test_mentions_are_whole_words_in_prose_only(lay):
    root = lay(
        {
            "README.md": "a\nuses asyncpg here\nasyncpg-extra\n", "app.py": "import asyncpg\n", "conf.ini": "asyncpg=1\n",
            "uv.lock": "asyncpg\n", "Dockerfile": "RUN pip install asyncpg\n",
        }
    )  # fmt: skip
    assert Sources(root).mentions("asyncpg") == (("Dockerfile", 1), ("README.md", 2), ("conf.ini", 1))


_LINES = st.sampled_from(
    [
        "import a.b", "import a, b as c", "from . import x", "from ..p.q import (x, # note\n    y as z,\n)", "x = 'import no'",
        "try: import fast\nexcept ImportError: fast = None", "if True:\n    from k import v", '"""text\nimport hidden\n"""',
        "from a \\\n    import b", "import one; import two", "# import not_this", "def f():\n    import lazy.one",
        "x = '''it''' ", "from star import *", "import_module('q')", "fromage = 1", "from.rel import t", "y = \"it's\"",
    ]
)  # fmt: skip


@given(st.lists(_LINES, max_size=12), st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_scan_of_bytes_agrees_with_the_parser(lines, end):
    text = "\n".join(lines) + "\n"
    scanned = imports.scan(text.replace("\n", end).encode())
    if scanned is None:
        return

    def plain(found):
        return sorted((each.module, each.level, each.names or ()) for each in found)

    assert plain(scanned) == plain(imports.from_syntax(ast.parse(text)))
