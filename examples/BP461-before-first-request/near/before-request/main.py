from functools import cache

from flask import Flask

app = Flask(__name__)


@app.before_request  # was: before_first_request
@cache
def prepare():
    app.config["SHEETS"] = 100


@app.get("/health")
def health():
    return {"sheets": app.config["SHEETS"]}
