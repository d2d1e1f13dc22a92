from flask import Blueprint

shelves = Blueprint("shelves", __name__)


@shelves.get("/shelves")
def every():
    return []


@shelves.get("/shelves/<int:number>/books", endpoint="every_shelves_books")
def every(number):
    return [number]
