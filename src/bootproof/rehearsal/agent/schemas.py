"""Where pydantic was when it gave up on a schema: the model and its field, out of what its own frames hold."""


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
    """Takes note of the core schemas that a frame works on: dictionaries that say of themselves what they are."""
    for value in list(local.values()):
        if type(value) is not dict:
            continue
        if value.get("type") == "model" and isinstance(value.get("cls"), type):
            found["model"] = "%s.%s" % (value["cls"].__module__, value["cls"].__qualname__)
            found.pop("field", None)
        elif value.get("type") == "model-field" and isinstance(local.get("name"), str):
            found["field"] = local["name"]
