"""Leads the Python children of a boot that no namespace keeps in: a migration run by a script must not reach production.

`site` imports this module at every start of an interpreter whose PYTHONPATH names this folder (documentation of `site`).
"""

import importlib
import importlib.util
import json
import os
import sys


class Silent:
    """Takes events; the pipe belongs to the boot itself."""

    def send(self, event, **fields):
        return None


def lead(told):
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    name = "_bootproof_agent"
    spec = importlib.util.spec_from_file_location(
        name, os.path.join(here, "__init__.py"), submodule_search_locations=[here]
    )
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    observe = importlib.import_module(name + ".observe")
    observe.install()
    observe.record(observe.Recorder(Silent(), **told))


def next_one():
    """The module of this name that the interpreter would have found, had this one not stood before it."""
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [each for each in sys.path if os.path.abspath(each) != folder]
    ours = sys.modules.pop("sitecustomize", None)
    try:
        importlib.import_module("sitecustomize")
    except ModuleNotFoundError as problem:
        if problem.name != "sitecustomize":
            raise
        if ours is not None:
            sys.modules["sitecustomize"] = ours


if "BOOTPROOF_LEAD" in os.environ:
    lead(json.loads(os.environ["BOOTPROOF_LEAD"]))
    next_one()
