import queue

orders: queue.Queue[str | None] = queue.Queue()


def work() -> None:
    while True:
        order = orders.get()
        if order is None:
            return
        print(order)
