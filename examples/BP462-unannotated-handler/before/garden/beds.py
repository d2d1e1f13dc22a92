from dataclasses import dataclass

from litestar import Controller, delete, get, post


@dataclass
class Bed:
    name: str
    metres: float


class Beds(Controller):
    path = "/beds"

    @get("/")
    async def every(
        self,
        top=10,
    ):
        return [Bed("peas", 2.5)][:top]

    @get("/{number:int}")
    async def one(self, number) -> Bed:
        return Bed("peas", float(number))

    @post("/")
    async def make(self, data: Bed):
        return Bed(data.name, data.metres)

    @delete("/{number:int}")
    async def dig_over(self, number: int):
        print("gone:", number)
