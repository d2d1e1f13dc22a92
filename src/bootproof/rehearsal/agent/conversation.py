"""What a server is asked, one request after another: each route once, valid by its own OpenAPI document.

Nothing is sent here: `conversation` is a generator that gives requests and is handed their answers, so that a real
server over HTTP and an application in this process are asked the same. An account is made and logged in where routes
want one; things are made before they are asked for, and deleted last.
"""

import base64
import json
import re

from . import bodies

METHODS = ("get", "post", "put", "patch", "delete")
RANK = {"post": 0, "get": 1, "put": 2, "patch": 3, "delete": 4}
WHO = ("username", "email", "login", "user_name", "name", "phone")
SIGN_UP = re.compile(r"regist|sign[-_]?up|create[-_]?account|join")
ACCOUNTS = re.compile(r"(?:users?|accounts?|members?|customers?)/?$")
LOG_IN = re.compile(r"log[-_]?in|token|sign[-_]?in|auth|session")
TOKENS = ("access_token", "accessToken", "token", "access", "jwt", "id_token")
SECRET = re.compile(rb'("\w*(?:token|jwt|secret)\w*"\s*:\s*")[^"]+', re.IGNORECASE)


class Request:
    """One request. `path` is concrete; `template` is the route's own path, as the document names it."""

    def __init__(self, method, path, template, body=b"", kind=bodies.JSON, headers=()):
        self.method = method
        self.path = path
        self.template = template
        self.body = body
        self.kind = kind
        self.headers = dict(headers)


def shown(body):
    """A body as it may be told: a token is signed with a secret of the project."""
    return SECRET.sub(rb"\1***", body)


def asking(document, skip=()):
    """A generator of requests; it is sent (status, body) of each, or None where nobody answered.

    `skip` are "METHOD /path" that were asked already.
    """
    talk = Conversation(document)
    asked = set(skip)
    yield from talk.log_in(asked)
    for method, template in talk.order():
        if "%s %s" % (method.upper(), template) not in asked:
            yield from talk.ask(method, template)


class Conversation:
    """What is known so far: the things that were made, by the path that they are found under, and the log-in."""

    def __init__(self, document):
        self.document = document
        self.paths = {
            path: each for path, each in (document.get("paths") or {}).items() if isinstance(each, dict)
        }
        self.made = {}
        self.headers = {}
        self.account = {}

    def order(self):
        """Every operation: those of fewer parameters first, what makes before what reads, what deletes at the end."""
        found = [
            (method == "delete", -path.count("{") if method == "delete" else path.count("{"), RANK[method], index, method, path)
            for index, (path, operations) in enumerate(self.paths.items())
            for method in METHODS
            if isinstance(operations.get(method), dict)
        ]
        return [each[-2:] for each in sorted(found)]

    def ask(self, method, template):
        """Asks one operation and learns from its answer."""
        operations = self.paths[template]
        operation = operations[method]
        kind, schema = bodies.content(self.document, operation)
        value = self.referring(bodies.example(self.document, schema), operation) if kind else None
        request = self.request(method, template, kind, value, schema)
        answer = yield request
        self.learn(method, template, answer)
        return answer

    def request(self, method, template, kind="", value=None, schema=None):
        operations = self.paths[template]
        path, query, headers = template, [], dict(self.headers)
        for each in bodies.parameters(self.document, operations, operations[method]):
            name, place = str(each.get("name", "")), each.get("in")
            if place == "path":
                path = path.replace("{%s}" % name, bodies.quote(self.segment(template, name, each.get("schema", {}))))
            elif each.get("required") and name.lower() not in ("authorization",):
                text = bodies.plain(self.value(each.get("schema", {}), name))
                if place == "query":
                    query.append("%s=%s" % (bodies.quote(name), bodies.quote(text)))
                elif place == "header":
                    headers[name] = text
                elif place == "cookie":
                    headers["cookie"] = "; ".join(filter(None, (headers.get("cookie"), "%s=%s" % (name, text))))
        body, content_type = bodies.encoded(kind, value, self.document, schema) if kind else (b"", bodies.JSON)
        path = path if path.startswith("/") else "/" + path  # as a client must ask for it
        asked = path + ("?" + "&".join(query) if query else "")
        return Request(method.upper(), asked, template, body, content_type, headers)

    def value(self, schema, name):
        known = self.thing_named(name)
        return known if known is not None else bodies.example(self.document, schema, 0, name)

    # things that were made

    def learn(self, method, template, answer):
        """Keeps what a collection made or lists: its id is asked for later."""
        if answer is None or not 200 <= answer[0] < 300 or method not in ("post", "get"):
            return
        found = self.one(loaded(answer[1]))
        if isinstance(found, dict) and (method == "post" or template.rstrip("/") not in self.made):
            self.made.setdefault(template.rstrip("/"), found)

    def one(self, found):
        """The one thing that an answer is about, out of what wraps it."""
        for _level in range(3):
            if isinstance(found, list):
                found = found[0] if found else None
            elif isinstance(found, dict) and not any(is_id(key) for key in found):
                inside = [each for each in found.values() if isinstance(each, (dict, list))]
                found = inside[0] if len(inside) == 1 else found
        return found

    def segment(self, template, name, schema):
        """What stands in the place of `{name}`: the id of what was made where the path begins, else an example."""
        before = template.partition("{%s}" % name)[0].rstrip("/")
        thing = self.made.get(before) or self.made.get(re.sub(r"/\{[^}]*\}.*$", "", before))
        for key in (name, name.rpartition("_")[2], "id", "uuid") if thing else ():
            if isinstance(thing.get(key), (str, int)) and thing[key] != "":
                return bodies.plain(thing[key])
        return bodies.plain(self.value(schema, name))

    def thing_named(self, name):
        """The id of a thing that was made, for `author_id` of what was made under `/authors`."""
        owner = name[: -len("_id")] if name.endswith("_id") else ""
        for path, thing in self.made.items() if owner else ():
            last = path.rpartition("/")[2].replace("-", "_")
            if last in (owner, owner + "s", owner + "es", owner[:-1] + "ies") and isinstance(thing.get("id"), (str, int)):
                return thing["id"]
        return None

    def referring(self, value, operation):
        """A body whose `…_id` fields name things that were made."""
        if not isinstance(value, dict):
            return value
        return {
            name: known if not isinstance(each, (dict, list)) and (known := self.thing_named(name)) is not None else each
            for name, each in value.items()
        }

    # accounts

    def log_in(self, asked):
        """Makes an account and logs it in, where the document says that routes want one."""
        schemes = (self.document.get("components") or {}).get("securitySchemes") or {}
        if not schemes:
            return
        made = self.sign_up()
        if made is not None:
            method, path, kind, schema = made
            value = bodies.example(self.document, schema)
            self.account = dict(value) if isinstance(value, dict) else {}
            asked.add("POST " + path)
            answer = yield self.request(method, path, kind, value, schema)
            self.learn(method, path, answer)
        for path, kind, schema in self.entrances(schemes):
            for who in self.names():
                value = self.credentials(kind, schema, who)
                asked.add("POST " + path)
                answer = yield self.request("post", path, kind, value, schema)
                token = token_of(answer)
                if token:
                    self.headers["authorization"] = "Bearer " + token
                    return
        if any(str(each.get("scheme", "")).lower() == "basic" for each in schemes.values() if isinstance(each, dict)):
            pair = "%s:%s" % (next(iter(self.names())), self.account.get("password", bodies.FORMATS["password"]))
            self.headers["authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()

    def posts(self):
        """POST operations that take a password: path, content type, schema, whether they want a log-in themselves."""
        for path, operations in self.paths.items():
            operation = operations.get("post")
            if not isinstance(operation, dict) or "{" in path:
                continue
            kind, schema = bodies.content(self.document, operation)
            fields = bodies.properties(self.document, schema)
            if "password" in fields and any(each in fields for each in WHO):
                yield path, kind, schema, bool(operation.get("security"))

    def sign_up(self):
        open_ones = [(path, kind, schema) for path, kind, schema, closed in self.posts() if not closed]
        for words in (SIGN_UP, ACCOUNTS):
            for path, kind, schema in open_ones:
                if words.search(path.lower()):
                    return "post", path, kind, schema
        return None

    def entrances(self, schemes):
        """Where a log-in is asked for: what the schemes name first, then what looks like one."""
        named = []
        for each in schemes.values():
            flows = each.get("flows") if isinstance(each, dict) else None
            url = ((flows or {}).get("password") or {}).get("tokenUrl") if isinstance(flows, dict) else None
            if isinstance(url, str):
                tail = "/" + url.lstrip("./")
                named += [path for path in self.paths if path == tail] or [path for path in self.paths if path.endswith(tail)]
        found = {path: (kind, schema) for path, kind, schema, closed in self.posts() if not closed}
        likely = [path for path in found if LOG_IN.search(path.lower()) and not SIGN_UP.search(path.lower())]
        for path in dict.fromkeys([*named, *likely]):
            if path in found:
                yield path, *found[path]

    def names(self):
        """What an account may be called by, each once."""
        known = [self.account[each] for each in WHO if isinstance(self.account.get(each), str)]
        return list(dict.fromkeys(known)) or [bodies.FORMATS["email"]]

    def credentials(self, kind, schema, who):
        value = bodies.example(self.document, schema)
        value = dict(value) if isinstance(value, dict) else {}
        for name in value:
            if name in self.account:
                value[name] = self.account[name]
        value["password"] = self.account.get("password", value.get("password", bodies.FORMATS["password"]))
        if "username" in value:
            value["username"] = who
        if kind != bodies.JSON:
            value.setdefault("grant_type", "password")
        return value


def is_id(key):
    return key in ("id", "uuid", "slug", "key") or key.endswith("_id")


def loaded(body):
    try:
        return json.loads(body)
    except ValueError:
        return None


def token_of(answer):
    """The token that a log-in answered with, "" for none."""
    found = loaded(answer[1]) if answer is not None and 200 <= answer[0] < 300 else None
    levels = [found] if isinstance(found, dict) else []
    levels += [each for each in (found.values() if isinstance(found, dict) else ()) if isinstance(each, dict)]
    for level in levels:
        for name in TOKENS:
            if isinstance(level.get(name), str) and level[name]:
                return level[name]
    return ""
