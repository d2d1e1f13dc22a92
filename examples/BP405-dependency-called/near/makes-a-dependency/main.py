from fastapi import Depends, FastAPI

app = FastAPI()


def limited():
    def limit(page: int = 1) -> int:
        return min(page, 100)

    return limit


@app.get("/readings")
def readings(page: int = Depends(limited())) -> int:
    return page
