"""The HTTP entry point: `bezant.asgi:create` makes the application in a worker process."""

import gc
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
GARBAGE_THRESHOLD: Final = 20_000


def create() -> Traced:
    """The application of this process, by its environment."""
    settings = load_settings()
    configure_logs(settings.log_level)
    parent = os.environ.get(f"{PREFIX}PARENT")
    if parent is not None:
        # A terminal's Ctrl-C is for the parent, which stops us in its own order.
        os.setsid()
        threading.Thread(target=_leave_with, args=(int(parent),), daemon=True).start()
    app = create_app(lambda: open_house(settings))
    # What is there by now stays until the end. Looking through all of it again and again
    # for garbage would hold up every request under way for tens of milliseconds.
    gc.collect()
    gc.freeze()
    # One answer makes thousands of values, and none of them is in a circle.
    gc.set_threshold(GARBAGE_THRESHOLD)
    return app


def _leave_with(parent: int) -> None:
    """Ends this process when the one that started it has been killed.

    A worker that stays behind would hold the port; whatever it was doing is a transaction.
    """
    while os.getppid() == parent:
        time.sleep(PARENT_LOOK_EVERY_S)
    os._exit(1)
