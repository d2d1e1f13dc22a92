import signal
from types import FrameType


def stop(number: int, frame: FrameType | None) -> None:
    print("stopping", number)


def watch_for_stop() -> None:
    """Tells the workers that it ends."""
    signal.signal(signal.SIGTERM, stop)
