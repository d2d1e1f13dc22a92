"""What only one framework knows of itself: Django's routes, Litestar's document and its exceptions."""

import sys


def of(app, name):
    """Whether an application is an object of that framework's."""
    return any(base.__module__.partition(".")[0] == name for base in type(app).__mro__)


def django_routes(app):
    """The paths of Django's own resolver, as "GET /path"; those of its own applications (the admin) left out."""
    urls = sys.modules.get("django.urls")
    if urls is None or not of(app, "django"):
        return []
    try:
        return sorted(set(patterns(urls.get_resolver().url_patterns, "")))
    except Exception as problem:  # it is asked for here before a request asks: the first request is to show it
        return ["UNKNOWN %s" % type(problem).__name__]


def patterns(found, prefix):
    for each in found:
        path = prefix + str(each.pattern).lstrip("^").rstrip("$")
        inner = getattr(each, "url_patterns", None)
        callback = getattr(each, "callback", None)
        if inner is not None:
            yield from patterns(inner, path)
        elif not getattr(callback, "__module__", "").startswith("django.contrib."):
            yield "GET /%s" % path


def document(app):
    """Litestar's OpenAPI document as plain data, None where it has none. Raises what building it raises."""
    if not of(app, "litestar") or getattr(app, "openapi_config", None) is None:
        return None
    return app.openapi_schema.to_schema()


def see_exceptions(app, see):
    """Lets `see(error)` know of each exception that Litestar is about to make an answer of."""
    hooks = getattr(app, "after_exception", None)
    if not of(app, "litestar") or not isinstance(hooks, list):
        return

    async def seen(error, _scope):
        see(error)

    hooks.append(seen)
