"""What an object-relational mapper was working on when it raised: asked of the live objects in its frames.

Its messages say it for people, in words that change. Nothing is imported: the mapper's objects are told by the names
of their classes, and where it was never loaded there are none.
"""

from . import subjects

PACKAGES = ("sqlalchemy", "sqlmodel")


def of(error):
    """`arguments`, `texts`, `relationship`, `column` (see below), as far as the frames tell; {} where no mapper raised."""
    try:
        return read(list(walk(error.__traceback__)))
    except BaseException as broken:  # objects of the project's own may raise anything when they are looked at
        return {"mapped_unreadable": type(broken).__name__}


def read(frames):
    inner = frames[-1] if frames else None
    if inner is None or inner.f_globals.get("__name__", "").partition(".")[0] not in PACKAGES:
        return {}
    given = parameters(inner)
    found = {
        "arguments": {name: subjects.path_of(type(value)) for name, value in given.items()},
        "texts": {name: shape(value) for name, value in given.items() if isinstance(value, str)},
    }
    for frame in reversed(frames):
        held = frame.f_locals.get("self")
        if "relationship" not in found and is_a(held, "sqlalchemy.orm", "RelationshipProperty"):
            found["relationship"] = relationship(held)
    column = of_field(frames)
    if column:
        found["column"] = column
    return found


def walk(traceback):
    while traceback is not None:
        yield traceback.tb_frame
        traceback = traceback.tb_next


def parameters(frame):
    """What the function that raised was given, by name: told as types, and texts by their shape; never as values."""
    code = frame.f_code
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return {name: frame.f_locals[name] for name in names if name in frame.f_locals}


def shape(text):
    """What stands around a text, or that it is empty: `padded` with white space, `quoted`, `empty`."""
    inner = text.strip()
    found = ["padded"] if inner != text else []
    if len(inner) > 1 and inner[0] == inner[-1] and inner[0] in "'\"`":
        found.append("quoted")
    return found if inner else ["empty"]


def is_a(value, module, name):
    return any(each.__name__ == name and each.__module__.startswith(module) for each in type(value).__mro__)


def relationship(held):
    """Which one: the class that has it and its `key`, the `target` (once it was found), the `direction`, tables `astray`.

    Read from where the objects keep it: a property of theirs would go on with the configuration that failed.
    """
    kept = vars(held)
    entity = kept.get("entity") or kept.get("mapper")
    return {
        "owner": subjects.path_of(held.parent.class_),
        "key": str(held.key),
        "target": subjects.path_of(entity.class_) if hasattr(entity, "class_") else "",
        "direction": str(getattr(kept.get("direction"), "name", "")),
        "astray": [name for each in (held.parent, entity) for name in astray(getattr(each, "local_table", None))],
    }


def astray(table):
    """The tables that a table's foreign keys name and its `MetaData` has not: no join is made of these keys."""
    named = [str(key.target_fullname).rpartition(".")[0] for key in getattr(table, "foreign_keys", ())]
    known = set(table.metadata.tables) if named else set()
    return sorted({each for each in named if not {each, f"{table.metadata.schema}.{each}"} & known})


def of_field(frames):
    """The `name` and `type` of the field of a class that SQLModel was making a column for."""
    field = None
    for frame in reversed(frames):
        if frame.f_globals.get("__name__", "").partition(".")[0] != "sqlmodel":
            continue
        if field is None:
            field = next((each for each in frame.f_locals.values() if is_a(each, "sqlmodel", "FieldInfo")), None)
            field = field or next((each for each in frame.f_locals.values() if is_a(each, "pydantic", "FieldInfo")), None)
        for made in list(frame.f_locals.values()) if field is not None else ():
            fields = made.__dict__.get("__pydantic_fields__") if isinstance(made, type) else None
            for name, each in list(fields.items()) if isinstance(fields, dict) else ():
                if each is field:
                    return {"name": name, "type": told(field.annotation), "class": made.__qualname__}
    return None


def told(annotation):
    """An annotation as text: a class by its path, also where it may be None, everything else as Python shows it."""
    meant = [each for each in getattr(annotation, "__args__", ()) if each is not type(None)]
    if len(meant) == 1 and type(None) in annotation.__args__:
        annotation = meant[0]
    plain = isinstance(annotation, type) and not hasattr(annotation, "__origin__")
    return subjects.path_of(annotation) if plain else str(annotation)[:300]

