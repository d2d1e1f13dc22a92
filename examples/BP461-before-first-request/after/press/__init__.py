from functools import cache

from flask import Flask

from press.stock import fill, stock


def create_app():
    app = Flask(__name__)

    @app.before_request
    @cache
    def prepare():
        fill()

    @app.get("/health")
    def health():
        return {"sheets": stock["sheets"]}

    return app
