import uvicorn

from desk.service import api


def main() -> None:
    uvicorn.run(
        api,
        host="0.0.0.0",
        port=8000,
        reload=True,
    )


if __name__ == "__main__":
    main()
