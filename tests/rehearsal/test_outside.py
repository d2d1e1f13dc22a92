"""A service that the start needs and that is not here is told from a fault of the code, whatever its client raises."""

import pytest

from bootproof.model.symptom import Failure, Frame, Refused, Swallowed
from bootproof.model.words import Stage
from bootproof.rehearsal.symptoms import _sandboxed, missed

CALL = Frame("app/main.py", 7, "lifespan", "app.main", True)
ELSEWHERE = Frame("app/store.py", 40, "make", "app.store", True)
LIBRARY = Frame("/lib/queue_client/connect.py", 99, "connect", "queue_client.connect", False)
MONGO = Refused("mongo.example.com", 27017, Stage.STARTUP)  # asked for by a thread of the client's own
QUEUE = Refused("127.0.0.1", 5672, Stage.STARTUP, CALL)


def failure(kind: str, message: str, *frames: Frame, bases: tuple[str, ...] = (), **facts: object) -> Failure:
    return Failure(kind, (kind, *bases, "Exception"), message, frames or (CALL, LIBRARY), facts)


@pytest.mark.parametrize(
    ("raised", "refused"),
    [
        (failure("pymongo.errors.ServerSelectionTimeoutError", "mongo.example.com:27017: [Errno -2] no name"), MONGO),
        (failure("kafka.errors.KafkaConnectionError", "brokers ('mongo.example.com', 27017, 0)"), MONGO),
        (failure("queue_client.Closed", "bye"), QUEUE),  # says nothing, and was raised in the call that asked
        (failure("httpx.ConnectError", "All attempts failed"), QUEUE),
        (failure("OSError", "no network", errno=101), QUEUE),
    ],
)
def test_what_comes_from_a_refused_address_is_no_fault(raised: Failure, refused: Refused) -> None:
    assert missed((raised,), (refused,), Stage.STARTUP) is refused


@pytest.mark.parametrize(
    "raised",
    [
        failure("queue_client.BadOption", "no such option", ELSEWHERE, LIBRARY),  # another place
        failure("TypeError", "not callable"),  # the same call, which was written wrong
        failure("ValueError", "port 5672 of another host: 127.0.0.12:5672", ELSEWHERE),
        failure("RuntimeError", "127.0.0.1:56720", ELSEWHERE),
        failure("RuntimeError", "raised by the project itself", CALL),
    ],
)
def test_a_refused_address_hides_no_fault_elsewhere(raised: Failure) -> None:
    assert missed((raised,), (QUEUE,), Stage.STARTUP) is None


def test_a_start_that_waits_for_an_address_without_end_needs_it() -> None:
    assert missed((), (QUEUE,), Stage.STARTUP) is QUEUE
    assert missed((), (), Stage.STARTUP) is None
    assert missed((), (QUEUE,), Stage.IMPORT) is None, "it was asked for at another time"


def test_of_several_addresses_the_one_that_is_named_is_told() -> None:
    raised = failure("pymongo.errors.ServerSelectionTimeoutError", "mongo.example.com:27017: [Errno -2] no name")
    assert missed((raised,), (MONGO, QUEUE), Stage.STARTUP) is MONGO


OWN_WORDS = failure("app.errors.NoStore", "primary", CALL)
REFUSAL = failure("asyncmy.errors.OperationalError", "(2003, \"Can't connect to MySQL server on '127.0.0.1' (('127.0.0.1', 5672))\")")


@pytest.mark.parametrize(
    ("raised", "stage", "needs"),
    [
        (OWN_WORDS, Stage.STARTUP, True),
        (OWN_WORDS, Stage.IMPORT, False),  # what was caught then stopped nothing
        (failure("TypeError", "not callable", CALL), Stage.STARTUP, False),
        (failure("app.errors.NoStore", "primary", ELSEWHERE, LIBRARY), Stage.STARTUP, False),  # a library gave up
    ],
)
def test_a_project_that_gives_up_in_words_of_its_own(raised: Failure, stage: Stage, needs: bool) -> None:
    caught = Swallowed("logged", Stage.STARTUP, (REFUSAL,))
    assert bool(_sandboxed((raised,), (QUEUE,), stage, (caught,))) is needs
