class Timing:
    def __init__(self, app, *, budget):
        self.app = app
        self.budget = budget

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


class Counting:
    def __init__(self):
        self.number = 0

    def count(self):
        self.number += 1
