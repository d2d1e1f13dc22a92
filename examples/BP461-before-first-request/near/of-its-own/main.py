from flask import Flask


class Press(Flask):
    def before_first_request(self, function):
        function()
        return function


app = Press(__name__)


@app.before_first_request
def prepare():
    app.config["SHEETS"] = 100


@app.get("/health")
def health():
    return {"sheets": app.config["SHEETS"]}
