"""The HTTP entry point: `bezant.asgi:create` makes the application in a worker process."""

from typing import TYPE_CHECKING

from bezant.kernel.logs import configure_logs
from bezant.settings import load_settings
from bezant.web.app import create_app
from bezant.wiring import open_house

if TYPE_CHECKING:
    from bezant.web.tracing import Traced


def create() -> "Traced":
    """The application of this process, by its environment."""
    settings = load_settings()
    configure_logs(settings.log_level)
    return create_app(lambda: open_house(settings))
