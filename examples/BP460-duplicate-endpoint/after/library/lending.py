from functools import wraps

from flask import Blueprint, abort, jsonify, request

lending = Blueprint("lending", __name__)


def members_only(view):
    @wraps(view)
    def checked(*args, **kwargs):
        if "x-member" not in request.headers:
            abort(401)
        return view(*args, **kwargs)

    return checked


@lending.get("/loans")
@members_only
def loans():
    return jsonify([])


@lending.post("/loans/<int:book>")
@members_only
def lend(book):
    return jsonify({"book": book}), 201
