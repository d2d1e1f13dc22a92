"""Which folder of several holds the package that a file imports."""

import pytest

from bootproof.rules.imports._folders import parents_of
from tests.rules.reading_facts import facts_of


@pytest.mark.parametrize(
    ("near", "found"),
    [
        ("svc/server/main.py", ["svc", ".", "lib", "old/svc"]),  # the nearest above, then the others from the root down
        ("main.py", [".", "lib", "svc", "old/svc"]),
    ],
)
def test_the_nearest_folder_above_holds_the_package_that_is_meant(tmp_path, near, found):
    files = {f"{folder}/app/__init__.py": "" for folder in ("svc", "lib", "old/svc")}
    main = "from fastapi import FastAPI\n\napp = FastAPI()\n"
    facts = facts_of(tmp_path, {**files, "app/__init__.py": "", "main.py": main})
    assert parents_of("app", facts, near) == found
