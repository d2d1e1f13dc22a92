"""What an exception is about, asked of the live objects: who refused which arguments, what lacks an attribute.

The text of an exception says it for people, differently in each release. Here it is plain data for rules.
"""

import ast
import builtins
import difflib
import dis
import functools
import inspect
import itertools
import linecache
import re
import sys
import types

UNKNOWN = object()
NEAR = 6  # names that resemble a missing one
FOLLOWED = 5  # partials and wrappers behind a callable


def of(error):
    """Further facts of a TypeError that a call raised and of an AttributeError; {} for anything else."""
    try:
        if isinstance(error, TypeError):
            return of_call(error)
        if isinstance(error, AttributeError):
            return of_attribute(error)
    except BaseException as broken:  # objects of the project's own may raise anything when they are looked at
        return {"subject_unreadable": type(broken).__name__}
    return {}


def of_call(error):
    """`callee` ("module:qualname"), what it `accepts`, the keywords `passed`, the number and types of `positional` ones.

    Only where the failing instruction is a call whose callable can be read without calling anything.
    """
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    call = failing_call(traceback) if traceback is not None else None
    frame = traceback.tb_frame if traceback is not None else None
    callee = value_of(call.func, frame) if call is not None else UNKNOWN
    if callee is UNKNOWN or not callable(callee):
        return {}
    found = {"callee": path_of(callee)}
    try:
        parameters = list(inspect.signature(callee).parameters.values())
    except (TypeError, ValueError):
        parameters = None
    if parameters is not None:
        found["accepts"] = [STARS.get(each.kind.name, "") + each.name for each in parameters]
        found["required"] = [
            each.name for each in parameters if each.default is each.empty and each.kind.name not in STARS
        ]
    positional, passed = given(call, frame)
    found["passed"] = passed
    if positional is not None:
        found["positional"] = len(positional)
        found["given"] = positional
    return found


STARS = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}


def failing_call(traceback):
    """The call that was running when the frame was left, as written; None where the source does not tell."""
    code, line = traceback.tb_frame.f_code, traceback.tb_lineno
    running = dis.opname[code.co_code[traceback.tb_lasti]] if traceback.tb_lasti >= 0 else ""
    if line is None or not running.startswith(("CALL", "PRECALL")):
        return None  # a library that raises in its own words, an operator, `async with`
    calls = calls_of(code.co_filename)
    if hasattr(code, "co_positions"):  # Python 3.11: instructions know their place; two calls never end at the same
        place = next(itertools.islice(code.co_positions(), traceback.tb_lasti // 2, None), (None,) * 4)
        return next((node for node in calls if (node.end_lineno, node.end_col_offset) == (place[1], place[3])), None)
    over = [node for node in calls if node.lineno <= line <= node.end_lineno]
    return over[0] if len(over) == 1 else None


@functools.lru_cache(maxsize=8)  # a project that logs its exceptions may raise the same one for each request
def calls_of(file):
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError, RecursionError):
        return ()
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.Call))


def value_of(node, frame):
    """What an expression of names and attributes is in a frame; UNKNOWN where calling something would be needed."""
    if isinstance(node, ast.Name):
        for space in (frame.f_locals, frame.f_globals, vars(builtins)):
            if node.id in space:
                return space[node.id]
        return UNKNOWN
    if isinstance(node, ast.Attribute):
        owner = value_of(node.value, frame)
        return UNKNOWN if owner is UNKNOWN else getattr(owner, node.attr, UNKNOWN)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super" and not node.args:
        code, local = frame.f_code, frame.f_locals
        if "__class__" in local and code.co_argcount:
            return super(local["__class__"], local[code.co_varnames[0]])
    return UNKNOWN


def given(call, frame):
    """The types of the positional arguments ("" each unknown; None if their number is), and which keywords are passed.

    `*` and `**` are read too.
    """
    positional, passed = [], []
    for each in call.args:
        value = value_of(each.value if isinstance(each, ast.Starred) else each, frame)
        if not isinstance(each, ast.Starred):
            values = [value]
        elif isinstance(value, (list, tuple)):
            values = value
        else:
            positional = None
        if positional is not None:
            positional += ["" if one is UNKNOWN else path_of(type(one)).replace(":", ".") for one in values]
    for each in call.keywords:
        if each.arg is not None:
            passed.append(each.arg)
            continue
        inner = value_of(each.value, frame)
        if isinstance(inner, dict):
            passed += [str(name) for name in inner]
    return positional, passed[:100]


def path_of(value):
    """`module:qualname` of a class, a function or what a partial is of; the type's for any other object."""
    for _ in range(FOLLOWED):
        if isinstance(value, types.MethodType):
            value = value.__func__
        elif hasattr(value, "func") and not isinstance(value, type):
            value = value.func
        else:
            break
    if not hasattr(value, "__qualname__"):
        value = type(value)
    return "%s:%s" % (getattr(value, "__module__", None) or "builtins", value.__qualname__)


def of_attribute(error):
    """`owner` ("module:qualname" of the type; "module:" of a module), its `owner_kind`, `owner_bases`, names `near`."""
    name, owner = getattr(error, "name", None), getattr(error, "obj", None)
    if not hasattr(error, "name"):  # before Python 3.10 only the message tells, and only of modules exactly
        told = re.match(r"module '([\w.]+)' has no attribute '(\w+)'$", str(error))
        name, owner = (told.group(2), sys.modules.get(told.group(1))) if told else (None, None)
        if owner is None:
            return {}
    if not isinstance(name, str):
        return {}
    if isinstance(owner, types.ModuleType):
        found = {"owner": owner.__name__ + ":", "owner_kind": "module", "owner_bases": []}
    else:
        kind = owner if isinstance(owner, type) else type(owner)
        found = {
            "owner": path_of(kind),
            "owner_kind": "class" if owner is kind else "instance",
            "owner_bases": ["%s.%s" % (each.__module__, each.__qualname__) for each in kind.__mro__][:-1],
        }
        found["held_by"] = [
            each for each, value in getattr(owner, "__dict__", {}).items() if hasattr(type(value), name)
        ][:NEAR]  # the object's own parts that have it: what was taken from the whole often stayed there
    found["name"] = name
    present = {each for each in dir(owner) if isinstance(each, str)}
    found["near"] = near(name, present if name.startswith("_") else {each for each in present if each[:1] != "_"})
    return found


def near(name, present):
    """The present names that resemble one, the nearest first; case does not count."""
    lower = {}
    for each in sorted(present):
        lower.setdefault(each.lower(), each)
    return [lower[each] for each in difflib.get_close_matches(name.lower(), list(lower), NEAR, 0.6)]
