from fastapi import FastAPI


class Limits:
    def limit(self, text: str):
        return lambda function: function


limits = Limits()
app = FastAPI()


@app.get("/lamp")
@limits.limit("60/minute")
async def lamp(watts: int = 60) -> dict[str, int]:
    return {"watts": watts}
