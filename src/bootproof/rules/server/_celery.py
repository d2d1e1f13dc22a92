"""What a Celery command names as its application, and whether it is there as Celery looks for it."""

from bootproof.model.facts import Facts
from bootproof.model.project import StartCommand
from bootproof.rules.server._command import Named, arguments, folders, module_file
from bootproof.rules.server._named import bound

USUAL = frozenset({"app", "celery", "*"})  # what it tries in a module; then anything that is an application


def named_app(start: StartCommand) -> Named | None:
    """The value of `-A` or `--app`."""
    words = arguments(start)
    for index, word in enumerate(words):
        value = ""
        if word in ("-A", "--app") and index + 1 < len(words):
            value = words[index + 1]
        elif word.startswith(("--app=", "-A")) and len(word) > 2:
            value = word.partition("=")[2] if "=" in word else word[2:]
        if value:
            module, _, attribute = value.partition(":")
            return Named(value, module, attribute)
    return None


def missing_app(facts: Facts, start: StartCommand, name: Named) -> str:
    """Why Celery finds no application by this name, "" where it does, or where that cannot be told."""
    places = folders(start)
    file, attribute = module_file(facts, name.module, places), name.attribute
    if file is None and "." in name.module and not attribute:
        module, _, attribute = name.module.rpartition(".")
        file = module_file(facts, module, places)
    if file is None:
        return "" if facts.providers(name.module) else f"there is no module `{name.module}` where it runs"
    if attribute:
        return "" if {attribute, "*"} & bound(file, facts) else f"`{file}` binds no `{attribute}`"
    below = module_file(facts, f"{name.module}.celery", places) if file.endswith("__init__.py") else None
    if below is not None or bound(file, facts) & USUAL or b"Celery" in (facts.text(file) or b""):
        return ""
    return f"`{file}` holds no application of Celery's"
