"""Entry: `python -I start.py ROLE …` loads this folder as a package of a private name and runs one role.

Roles: `zygote` (imports third-party modules once, forks trials), `warden` (one cold boot from outside the
process that boots), `serve` (the cold server itself), `describe` (what an interpreter holds). A process that a boot
spawns calls `follow` first.
"""

import importlib
import importlib.util
import os
import sys

PACKAGE = "_bootproof_agent"


def load():
    here = os.path.dirname(os.path.abspath(__file__))
    spec = importlib.util.spec_from_file_location(
        PACKAGE, os.path.join(here, "__init__.py"), submodule_search_locations=[here]
    )
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)


def follow(fd, told, pid):
    load()
    importlib.import_module(PACKAGE + ".spawned").begin(fd, told, pid)


def main():
    load()
    role = sys.argv[1]
    sys.exit(importlib.import_module(PACKAGE + "." + role).main(sys.argv[2:]))


if __name__ == "__main__":
    main()
