"""Values that a JSON schema accepts: bodies, queries and paths of requests, as OpenAPI describes them."""

import json
import re
from urllib.parse import quote as percent

try:
    from re import _constants as sre
    from re import _parser as parser
except ImportError:  # Python 3.10 and older
    import sre_constants as sre
    import sre_parse as parser

DEEP = 6  # objects within objects, beyond which a schema that refers to itself is cut
BOUNDARY = "bootproof-2f7d1c"
FORM, MULTIPART, JSON = "application/x-www-form-urlencoded", "multipart/form-data", "application/json"

FORMATS = {
    "email": "someone@example.com",
    "idn-email": "someone@example.com",
    "uuid": "6f9619ff-8b86-4d01-b42d-00c04fc964ff",
    "uuid4": "6f9619ff-8b86-4d01-b42d-00c04fc964ff",
    "date": "2026-01-02",
    "date-time": "2026-01-02T03:04:05Z",
    "time": "03:04:05",
    "duration": "PT1S",
    "uri": "http://example.com/",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipvanyaddress": "192.0.2.1",
    "ipv4network": "192.0.2.0/24",
    "ipv6": "2001:db8::1",
    "ipv6network": "2001:db8::/32",
    "binary": "data",
    "byte": "ZGF0YQ==",
    "base64": "ZGF0YQ==",
    "base64url": "ZGF0YQ==",
    "json-string": "{}",
    "password": "Correct-horse-9",
}
# what plain strings of these names usually must look like, where the schema gives no format
NAMED = (("email", "email"), ("password", "password"), ("url", "uri"))


def follow(document, node):
    """The schema, parameter or body behind a reference."""
    while isinstance(node, dict) and "$ref" in node:
        found = document
        for part in node["$ref"].lstrip("#/").split("/"):
            found = found.get(part.replace("~1", "/").replace("~0", "~"), {}) if isinstance(found, dict) else {}
        node = found
    return node if isinstance(node, dict) else {}


def parameters(document, shared, operation):
    """The parameters of an operation, those that its path shares first."""
    return [follow(document, each) for each in list(shared.get("parameters", ())) + list(operation.get("parameters", ()))]


def content(document, operation):
    """The content type of an operation's body that we can make, and its schema; ("", {}) where it has none."""
    offered = follow(document, operation.get("requestBody", {})).get("content", {})
    for kind in (JSON, FORM, MULTIPART):
        if kind in offered:
            given = offered[kind].get("example")
            schema = follow(document, offered[kind].get("schema", {}))
            return kind, {**schema, "example": given} if given is not None else schema
    return "", {}


def properties(document, schema):
    """The required properties of an object, through references and `allOf`."""
    schema = follow(document, schema)
    found = {}
    for each in schema.get("allOf", ()):
        found.update(properties(document, each))
    required = schema.get("required", ())
    found.update({name: each for name, each in schema.get("properties", {}).items() if name in required})
    return found


def encoded(kind, value, document=None, schema=None):
    """A body as bytes, and its whole content type."""
    if kind == JSON:
        return json.dumps(value).encode(), JSON
    pairs = [(str(name), each) for name, each in value.items()] if isinstance(value, dict) else []
    if kind == FORM:
        return "&".join("%s=%s" % (quote(name), quote(plain(each))) for name, each in pairs).encode(), FORM
    files = {name for name, each in properties(document, schema or {}).items() if is_file(document, each)}
    lines = []
    for name, each in pairs:
        for one in each if isinstance(each, list) else [each]:
            named = '; filename="data.txt"\r\nContent-Type: text/plain' if name in files else ""
            lines.append('--%s\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s' % (BOUNDARY, name, named, plain(one)))
    return ("\r\n".join(lines) + "\r\n--%s--\r\n" % BOUNDARY).encode(), "%s; boundary=%s" % (MULTIPART, BOUNDARY)


def is_file(document, schema):
    schema = follow(document, schema)
    if schema.get("type") == "array":
        return is_file(document, schema.get("items", {}))
    return schema.get("format") == "binary" or "contentMediaType" in schema


def plain(value):
    """A value as it stands in a path, a query or a form."""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, (dict, list)) else str(value)


def quote(text):
    return percent(text, safe="")


def example(document, node, depth=0, name=""):
    """A value that the schema accepts; shallow where it refers to itself."""
    node = follow(document, node)
    for key in ("example", "const", "default"):
        if node.get(key) is not None:
            return node[key]
    if isinstance(node.get("examples"), list) and node["examples"]:
        return node["examples"][0]
    if node.get("enum"):
        return next((each for each in node["enum"] if each is not None), None)
    for key in ("anyOf", "oneOf"):
        if node.get(key):
            real = [each for each in node[key] if follow(document, each).get("type") != "null"]
            return example(document, (real or node[key])[0], depth, name)
    kind = node.get("type")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), None)
    if node.get("allOf"):
        return merged(document, node, depth, name)
    if kind == "object" or "properties" in node:
        return an_object(document, node, depth)
    if kind == "array":
        return an_array(document, node, depth)
    if kind == "integer":
        return int(number(node))
    if kind == "number":
        return number(node)
    if kind == "boolean":
        return True
    return text(node, name) if kind in ("string", None) else None


def merged(document, node, depth, name):
    found = {}
    for each in [*node["allOf"], {key: value for key, value in node.items() if key != "allOf"}]:
        if not follow(document, each).keys() & {"type", "properties", "enum", "allOf", "anyOf", "oneOf", "const", "example"}:
            continue  # a description beside a reference
        value = example(document, each, depth, name)
        if not isinstance(value, dict):
            return value
        found.update(value)
    return found


def an_object(document, node, depth):
    if depth > DEEP:
        return {}
    required = node.get("required", ())
    found = {
        name: example(document, each, depth + 1, name)
        for name, each in node.get("properties", {}).items()
        if name in required
    }
    more = node.get("additionalProperties")
    for number_of in range(len(found), int(node.get("minProperties", 0))):
        found["key%d" % number_of] = example(document, more if isinstance(more, dict) else {}, depth + 1)
    return found


def an_array(document, node, depth):
    if depth > DEEP:
        return []
    first = [example(document, each, depth + 1) for each in node.get("prefixItems", ())]
    items = node.get("items")
    items = items if isinstance(items, dict) else {}
    choices = follow(document, items).get("enum") or ()
    for index in range(len(first), int(node.get("minItems", 0))):
        first.append(choices[index] if index < len(choices) else example(document, items, depth + 1))
    return first


def text(node, name=""):
    named = next((form for word, form in NAMED if word in name.lower()), "")
    low, high = int(node.get("minLength", 0)), node.get("maxLength")
    pattern = node.get("pattern")
    if pattern:
        made = matching(pattern)
        if made is not None and len(made) >= low and (high is None or len(made) <= int(high)):
            return made
    form = node.get("format", named)
    made = FORMATS.get(form, "string value 1")
    if high is not None and len(made) > int(high) and form not in ("email", "uuid"):
        made = made[: int(high)]
    return made + "x" * max(0, low - len(made))


def number(node):
    low = node.get("minimum", node.get("exclusiveMinimum"))
    high = node.get("maximum", node.get("exclusiveMaximum"))
    step = node.get("multipleOf")
    whole = node.get("type") == "integer"
    if low is not None:
        value = low if "minimum" in node else between(low, high, whole)
    elif high is not None:
        value = min(1, high if "maximum" in node else high - 1)
    else:
        value = 1
    if step:
        value = -(-value // step) * step
        if value == 0 and (low is None or "minimum" not in node):
            value = step
    return value


def between(low, high, whole):
    """A number above an exclusive minimum."""
    if whole or high is None or low + 1 < high:
        return low + 1
    return (low + high) / 2


def matching(pattern):
    """A text that a regular expression finds, the shortest that is plain; None where it is too intricate."""
    try:
        made = "".join(written(part) for part in parser.parse(pattern))
        return made if re.search(pattern, made) else None
    except (re.error, KeyError, ValueError, IndexError, TypeError, RecursionError):
        return None


def written(part):
    """One piece of a parsed regular expression as text. Raises KeyError for what is not known here."""
    kind, value = part
    if kind is sre.LITERAL:
        return chr(value)
    if kind is sre.NOT_LITERAL:
        return "a" if value != ord("a") else "b"
    if kind is sre.ANY:
        return "a"
    if kind is sre.AT or kind in (sre.ASSERT, sre.ASSERT_NOT):
        return ""
    if kind is sre.IN:
        return one_of(value)
    if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT):
        least, most, inside = value
        return "".join(written(each) for each in inside) * max(least, min(1, int(most)))
    if kind is sre.SUBPATTERN:
        return "".join(written(each) for each in value[-1])
    if kind is sre.BRANCH:
        return "".join(written(each) for each in value[1][0])
    raise KeyError(kind)


CATEGORIES = {sre.CATEGORY_DIGIT: "1", sre.CATEGORY_WORD: "a", sre.CATEGORY_SPACE: " ", sre.CATEGORY_NOT_SPACE: "a"}


def one_of(members):
    if members[0][0] is sre.NEGATE:
        unwanted = re.compile("[%s]" % "".join(re.escape(one_of([each])) for each in members[1:]))
        return next(each for each in "aA1-_ " if not unwanted.match(each))
    kind, value = members[0]
    if kind is sre.LITERAL:
        return chr(value)
    if kind is sre.RANGE:
        return chr(value[0])
    return CATEGORIES[value]
