from flask import Flask

from library.lending import lending


def create_app():
    app = Flask(__name__)
    app.register_blueprint(lending, url_prefix="/api")

    @app.get("/health")
    def health():
        return "well"

    return app


app = create_app()
