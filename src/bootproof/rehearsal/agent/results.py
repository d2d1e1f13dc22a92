"""What calls give and what objects can be used for, as the installed code declares it; nothing is called."""

import importlib
import inspect
import re
import typing

from . import describe

SPOKEN = {
    "__enter__": "with",
    "__aenter__": "async with",
    "__await__": "await",
    "__iter__": "for",
    "__aiter__": "async for",
}
# what wraps a result, by its name: how it is had, and where among the parameters the result stands
WRAPPED = {
    "Coroutine": ("await", -1),
    "Awaitable": ("await", 0),
    "AbstractAsyncContextManager": ("async with", 0),
    "AsyncContextManager": ("async with", 0),
    "AbstractContextManager": ("with", 0),
    "ContextManager": ("with", 0),
    "AsyncIterator": ("async for", 0),
    "AsyncIterable": ("async for", 0),
    "AsyncGenerator": ("async for", 0),
    "Iterator": ("for", 0),
    "Iterable": ("for", 0),
    "Generator": ("for", 0),
}


def located(path):
    """The object behind `package.module.Class.member`."""
    parts = path.replace(":", ".").split(".")
    for index in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:index]))
        except ImportError:
            continue
        except BaseException:  # whatever it raises: it cannot be asked
            return None
        for part in parts[index:]:
            found = getattr(found, part, None)
        return found
    return None


def speaks(path):
    """What a type's objects can be used for, and its coroutine methods; None where there is no such type."""
    kind = located(path)
    if not isinstance(kind, type):
        return None
    methods = [name for name in dir(kind) if not name.startswith("__")]
    return {
        "protocols": sorted(word for name, word in SPOKEN.items() if getattr(kind, name, None) is not None),
        "coroutines": [name for name in methods if inspect.iscoroutinefunction(inspect.getattr_static(kind, name))],
        "attributes": sorted(set(methods) | set(getattr(kind, "__annotations__", ()))),
    }


def gives(path):
    """What a call of `path` gives: `how` its result is had ("" at once, `await`, `async with`, …), and its `type`.

    A call of a class gives its instance; a path that ends in a type's `__call__` is a call of such an instance.
    """
    called = located(path)
    if isinstance(called, type):
        return {"how": "", "type": describe.qualified(called)}
    if not callable(called):
        return None
    function = inspect.unwrap(called)
    how = "await" if inspect.iscoroutinefunction(called) else ""
    code = getattr(called, "__code__", None)
    if function is not called and code is not None and code.co_filename.endswith("contextlib.py"):
        how = "async with" if inspect.isasyncgenfunction(function) else "with"
    owner = located(path.rpartition(".")[0])
    result, wrapped = unwrapped(annotated(function), function, owner)
    return {"how": how or wrapped, "type": describe.qualified(result) if isinstance(result, type) else None}


def annotated(function):
    """The return annotation, evaluated where it is text; None where it cannot be."""
    said = getattr(function, "__annotations__", {}).get("return")
    return evaluated(said, function) if isinstance(said, str) else said


def evaluated(text, function):
    space = dict(getattr(function, "__globals__", {}))
    for _round in range(8):
        try:
            return eval(text, space)  # an annotation of installed code, in a fork that ends with the answer
        except NameError as problem:
            name = re.search("'([^']+)'", str(problem))
            if name is None:
                return None
            space[name[1]] = typing.Any  # imported for type checkers alone
        except Exception:
            return None
    return None


def unwrapped(result, function, owner):
    """The type inside what wraps it, and how it is had."""
    name = getattr(typing.get_origin(result), "__name__", "")
    how, index = WRAPPED.get(name, ("", 0))
    if how:
        inside = typing.get_args(result)
        result = inside[index] if inside else None
    elif typing.get_origin(result) is not None:
        result = typing.get_origin(result)
    if isinstance(result, typing.TypeVar):
        result = result.__bound__
    if isinstance(result, typing.ForwardRef):
        result = evaluated(result.__forward_arg__, function)
    if getattr(result, "_name", "") == "Self" or str(result).endswith(".Self"):
        result = owner
    if typing.get_origin(result) is not None:
        result = typing.get_origin(result)
    return result, how
