"""The HTTP entry point: `bezant.asgi:create` makes the application in a worker process."""

import os
import threading
import time
from typing import Final

from bezant.kernel.logs import configure_logs
from bezant.settings import PREFIX, load_settings
from bezant.web.app import create_app
from bezant.web.tracing import Traced
from bezant.wiring import open_house

PARENT_LOOK_EVERY_S: Final = 1.0


def create() -> Traced:
    """The application of this process, by its environment."""
    settings = load_settings()
    configure_logs(settings.log_level)
    parent = os.environ.get(f"{PREFIX}PARENT")
    if parent is not None:
        # A terminal's Ctrl-C is for the parent, which stops us in its own order.
        os.setsid()
        threading.Thread(target=_leave_with, args=(int(parent),), daemon=True).start()
    return create_app(lambda: open_house(settings))


def _leave_with(parent: int) -> None:
    """Ends this process when the one that started it has been killed.

    A worker that stays behind would hold the port; whatever it was doing is a transaction.
    """
    while os.getppid() == parent:
        time.sleep(PARENT_LOOK_EVERY_S)
    os._exit(1)
