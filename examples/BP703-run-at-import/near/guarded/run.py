import uvicorn


def serve() -> None:
    uvicorn.run("shop:app", port=8000)


if "__main__" == __name__:
    serve()
