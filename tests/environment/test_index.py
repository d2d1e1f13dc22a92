"""What only the real index can say. Each name is one that bootproof itself depends on."""

from pathlib import Path

import pytest

from bootproof.environment import offers

pytestmark = pytest.mark.network


@pytest.mark.parametrize(
    ("module", "names", "distribution"),
    [("dotenv", ["load_dotenv"], "python-dotenv"), ("yaml", ["safe_load"], "pyyaml")],
)
def test_distribution_with_another_name(
    module: str, names: list[str], distribution: str, tmp_path: Path
) -> None:
    notes: list[str] = []
    found = offers(module, names, cache=tmp_path, note=notes.append)
    if notes:
        pytest.skip(notes[0])
    assert found == (distribution,)
