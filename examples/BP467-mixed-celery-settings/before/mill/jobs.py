from mill.worker import worker


@worker.task
def grind(kilos):
    return kilos * 0.9
