"""Where pydantic was when it gave up: the model, and the field of its schema, out of what its own frames hold."""

MADE = ("self", "__pydantic_self__", "cls")  # what `__init__` and `model_validate` call the object and the class
PYDANTIC = ("pydantic", "pydantic_settings")


def of(error):
    """`model` ("module.Class") and `field` of an error of pydantic's that came up inside of one; {} for anything else."""
    if not type(error).__module__.startswith("pydantic"):
        return {}
    found, traceback = {}, error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_globals.get("__name__", "").startswith("pydantic"):
            look(traceback.tb_frame.f_locals, found)
        traceback = traceback.tb_next
    return found


def look(local, found):
    """Takes note of the model that a frame makes, and of the core schemas that it works on: they say what they are."""
    for name in MADE:
        made = local.get(name)
        made = made if isinstance(made, type) else type(made)
        if made.__module__.partition(".")[0] not in PYDANTIC and hasattr(made, "__pydantic_validator__"):
            found["model"] = "%s.%s" % (made.__module__, made.__qualname__)
    for value in list(local.values()):
        if type(value) is not dict:
            continue
        if value.get("type") == "model" and isinstance(value.get("cls"), type):
            found["model"] = "%s.%s" % (value["cls"].__module__, value["cls"].__qualname__)
            found.pop("field", None)
        elif value.get("type") == "model-field" and isinstance(local.get("name"), str):
            found["field"] = local["name"]
