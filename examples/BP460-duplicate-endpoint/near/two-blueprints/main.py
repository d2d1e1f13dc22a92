from flask import Blueprint, Flask

books = Blueprint("books", __name__)
shelves = Blueprint("shelves", __name__)


@books.get("/books")
def every():
    return []


@shelves.get("/shelves")
def every():  # noqa: F811
    return []


app = Flask(__name__)
app.register_blueprint(books)
app.register_blueprint(shelves)


@app.route("/health")
@app.route("/ready")
def health():
    return "well"
