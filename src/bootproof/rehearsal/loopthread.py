"""An event loop in a thread of its own, that other threads hand work to."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any


class LoopThread:
    """A loop that runs from `start` to `stop`. `call` and `stop` may come from any thread, in any order."""

    def __init__(self, name: str) -> None:
        """Starts nothing."""
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._lock = threading.Lock()
        self._ended = False

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def call(self, work: Coroutine[Any, Any, None]) -> bool:
        """Waits until the loop did the work; False, and nothing is done, where it has ended.

        What is handed over while another thread stops the loop would wait for ever otherwise.
        """
        with self._lock:
            if self._ended:
                work.close()
                return False
            future = asyncio.run_coroutine_threadsafe(work, self.loop)
        future.result()
        return True

    def stop(self, closing: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Let the loop do this as its last work, and end the thread; idempotent."""
        with self._lock:
            first, self._ended = not self._ended and self._thread.is_alive(), True
            future = asyncio.run_coroutine_threadsafe(closing(), self.loop) if first else None
        if future is not None:
            try:
                future.result()
            finally:
                self.loop.call_soon_threadsafe(self.loop.stop)
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        finally:
            if handed := asyncio.all_tasks(self.loop):  # before the last work, and not done yet
                self.loop.run_until_complete(asyncio.wait(handed, timeout=2.0))
            self.loop.run_until_complete(self.loop.shutdown_default_executor())
            self.loop.close()
