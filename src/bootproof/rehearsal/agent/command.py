"""One command line in this process, where it is Python's: a console script, `python FILE`, `python -m MODULE`."""

import errno
import importlib.metadata
import io
import os
import re
import runpy
import sys
import types

# Console scripts that are found without reading the metadata of everything that is installed.
KNOWN = {"uvicorn": ("uvicorn.main", "main")}
PYTHON = re.compile(r"python[\d.]*$|pypy3?$")
ALONE = re.compile(r"-[uBOIEsSq]+$")  # options of the interpreter that take no value


def run(argv):
    """Runs it and gives back what it returned. Raises what it raises; FileNotFoundError where nothing is so called."""
    argv = list(argv)
    if PYTHON.match(os.path.basename(argv[0])):
        return interpret(argv[1:])
    name = os.path.basename(argv[0])
    entry = console_script(name)
    if entry is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
    sys.argv = [name] + argv[1:]
    return entry()


def is_python(argv):
    """Whether `interpret` can run it: `-c`, and options that change the interpreter itself, need one of their own."""
    if not PYTHON.match(os.path.basename(argv[0])):
        return False
    words = without_options(argv[1:])
    return bool(words) and (words[0] == "-m" or words[0].endswith(".py"))


def without_options(words):
    words = list(words)
    while words and ALONE.match(words[0]):
        words.pop(0)
    return words


def interpret(words):
    """What `python` followed by these words does."""
    words = without_options(words)
    if words[0] == "-m":
        sys.argv = words[1:]
        sys.path.insert(0, os.getcwd())
        return runpy.run_module(words[1], run_name="__main__", alter_sys=True) and None
    return script(words)


def script(words):
    """A file as `__main__`, whose processes that multiprocessing spawns find it as they would find the real one."""
    path = os.path.abspath(words[0])
    if os.path.isdir(path):
        path = os.path.join(path, "__main__.py")
    sys.argv = words
    sys.path.insert(0, os.path.dirname(path))
    module = types.ModuleType("__main__")
    module.__file__ = path
    with io.open_code(path) as file:
        code = compile(file.read(), path, "exec", dont_inherit=True)
    sys.modules["__main__"] = module
    exec(code, module.__dict__)


def console_script(name):
    """The function behind a console script of the environment, None where no distribution has one of this name."""
    if name in KNOWN:
        module, attribute = KNOWN[name]
        try:
            return getattr(importlib.import_module(module), attribute)
        except ModuleNotFoundError as problem:
            if problem.name != module.partition(".")[0]:
                raise
            return None
    for distribution in importlib.metadata.distributions():
        for each in distribution.entry_points:
            if each.group == "console_scripts" and each.name == name:
                return each.load()
    return None
