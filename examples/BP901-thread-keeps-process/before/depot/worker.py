import queue
import time

orders: queue.Queue[str] = queue.Queue()


def work() -> None:
    while True:
        time.sleep(0.1)
        if not orders.empty():
            print(orders.get())
