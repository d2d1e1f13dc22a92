import json
from pathlib import Path

import pytest

from bootproof.environment.own import keep_metadata, locals_of


@pytest.mark.parametrize(
    ("file", "text", "path"),
    [
        ("__editable__.shop-1.pth", "{tree}/src\n", "src"),
        (
            "__editable___shop_1_finder.py",
            "MAPPING: dict[str, str] = {{'shop': '{tree}/code/shop'}}\n",
            "code",
        ),
        ("_editable_impl_shop.py", "F.map_module('shop', '{tree}/shop/__init__.py')\n", "."),
        ("_editable_impl_one.py", "F.map_module('one', '{tree}/lib/one.py')\n", "lib"),
        ("shop.pth", "{tree}\n", "."),
    ],
)
def test_every_kind_of_editable_install_names_its_folder(
    tmp_path: Path, file: str, text: str, path: str
) -> None:
    tree, site = tmp_path / "tree", tmp_path / "site"
    record = site / "shop-1.dist-info"
    record.mkdir(parents=True)
    tree.mkdir()
    (site / file).write_text(text.format(tree=tree))
    (record / "METADATA").write_text("Name: shop\nVersion: 1\n")
    (record / "direct_url.json").write_text(
        json.dumps({"url": tree.as_uri(), "dir_info": {"editable": True}})
    )
    names = [file, "shop-1.dist-info/METADATA", "shop-1.dist-info/direct_url.json", "../../../bin/shop"]
    (record / "RECORD").write_text("".join(f"{name},,\n" for name in names))
    (local,) = locals_of([site], tree)
    assert (local.folder, local.editable) == (".", True)
    assert keep_metadata(local, tree) == (path,)
    assert not (site / file).exists()
    assert (record / "METADATA").exists()
    assert "direct_url" not in (record / "RECORD").read_text()
    assert locals_of([site], tree) == ()


def test_distribution_from_elsewhere_is_not_the_trees(tmp_path: Path) -> None:
    record = tmp_path / "site" / "other-1.dist-info"
    record.mkdir(parents=True)
    (record / "direct_url.json").write_text(
        json.dumps({"url": "https://h.example/o.whl", "archive_info": {}})
    )
    assert locals_of([tmp_path / "site"], tmp_path / "tree") == ()
