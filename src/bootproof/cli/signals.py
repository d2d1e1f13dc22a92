"""Signals that ask for the end reach what runs as an exception, which its own `finally` then ends.

Not while a module is being imported: an exception in the midst of the import system can leave its lock held, and every
thread that imports something then waits for ever (seen: an audit that a Ctrl-C in its first second did not end). The
exception comes a moment later then.
"""

import signal
from types import FrameType

AGAIN = 0.005  # seconds until it is looked again whether something is being imported
_IMPORTING = "<frozen importlib."


class Stopped(BaseException):
    """A signal asks for the end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def listen() -> None:
    """Makes them reach what runs. One that is ignored (nohup), or that somebody listens to already, stays as it is."""
    for number, untouched in (
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGTERM, signal.SIG_DFL),
        (signal.SIGHUP, signal.SIG_DFL),
    ):
        if signal.getsignal(number) is untouched:
            signal.signal(number, _stop)


def _stop(number: int, frame: FrameType | None) -> None:
    if _imports(frame):
        signal.signal(signal.SIGALRM, lambda _number, where: _stop(number, where))
        signal.setitimer(signal.ITIMER_REAL, AGAIN)
        return
    signal.setitimer(signal.ITIMER_REAL, 0)  # one that waits for an import is as good as come
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise Stopped(number)


def _imports(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith(_IMPORTING):
            return True
        frame = frame.f_back
    return False
