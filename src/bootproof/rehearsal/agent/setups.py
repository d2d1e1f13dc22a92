"""What a library wants to be called before it is used: classes with a method `init`, and what can be given to it."""

import importlib
import inspect
import pkgutil

NAMES = ("init", "initialize", "initialise", "setup", "configure")


def setups(module):
    """Classes that `module` uses, of its own library, and that are set up by a method: path, method, what it requires.

    A required parameter comes with an expression that makes a value for it, where a class of the library needs
    nothing to be made of and is of the annotated type; else with None.
    """
    try:
        loaded = importlib.import_module(module)
    except BaseException:  # whatever it raises: it cannot be asked
        return None
    top = module.partition(".")[0]
    found = []
    for value in list(vars(loaded).values()):
        if not isinstance(value, type) or str(value.__module__).partition(".")[0] != top:
            continue
        for name in NAMES:
            raw = inspect.getattr_static(value, name, None)
            if isinstance(raw, (classmethod, staticmethod)):
                method = getattr(value, name)
                found.append(
                    {
                        "class": "%s.%s" % (value.__module__, value.__qualname__),
                        "method": name,
                        "coroutine": inspect.iscoroutinefunction(method),
                        "required": required(method, top),
                    }
                )
                break
    return found


def required(method, top):
    try:
        parameters = inspect.signature(method).parameters.values()
    except (TypeError, ValueError):
        return [["?", None]]
    wanted = [each for each in parameters if each.default is each.empty and "VAR" not in each.kind.name]
    return [[each.name, makeable(each.annotation, top)] for each in wanted]


def makeable(kind, top):
    """`module:Class` of the one class of the library that is of this kind and takes no arguments, None for none or several."""
    if not isinstance(kind, type) or str(kind.__module__).partition(".")[0] != top:
        return None
    for each in modules_near(kind, top):
        try:
            importlib.import_module(each)
        except BaseException:  # it needs what is not installed: nothing can be made of it
            continue
    plain = [each for each in below(kind) if not inspect.isabstract(each) and takes_nothing(each)]
    return "%s:%s" % (plain[0].__module__, plain[0].__qualname__) if len(plain) == 1 else None


def modules_near(kind, top):
    package = importlib.import_module(top)
    for each in pkgutil.walk_packages(getattr(package, "__path__", ()), top + ".", onerror=lambda name: None):
        yield each.name


def below(kind):
    found = []
    for each in kind.__subclasses__():
        found += [each] + below(each)
    return found


def takes_nothing(kind):
    try:
        parameters = inspect.signature(kind).parameters.values()
    except (TypeError, ValueError):
        return False
    return all(each.default is not each.empty or "VAR" in each.kind.name for each in parameters)
