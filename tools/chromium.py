"""Prints the path of a Chromium to test pages with; installs one where there is none.

In this order: the one that BEZANT_CHROMIUM names; one on PATH; the system's package, where
we are root and apt is there; the one that Playwright downloads for the account. Only the
path goes to standard output, everything else to standard error. The standard library only.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# A page without a font has no text; Chromium's package only recommends one.
PACKAGES = ("chromium", "fonts-dejavu-core")
INSTALL_TIMEOUT_S = 1_200
ROOT = 0


class NoChromium(Exception):
    """There is none, and none could be installed; the message says what to do."""


def main() -> int:
    """Prints the path. 1 when there is no Chromium to be had."""
    try:
        print(find_chromium())
    except NoChromium as error:
        print(f"chromium: {error}", file=sys.stderr)
        return 1
    return 0


def find_chromium() -> str:
    """The path of a Chromium, installed if need be. Raises `NoChromium`."""
    named = os.environ.get("BEZANT_CHROMIUM")
    if named:
        if not os.access(named, os.X_OK):
            raise NoChromium(f"BEZANT_CHROMIUM names {named}, which is not a program")
        return named
    found = _on_path()
    if found is None and _may_use_apt() and _install_package():
        found = _on_path()
    return found or _from_playwright()


def _on_path() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _may_use_apt() -> bool:
    return os.geteuid() == ROOT and shutil.which("apt-get") is not None


def _install_package() -> bool:
    install = ("apt-get", "install", "--yes", "--no-install-recommends", *PACKAGES)
    return _run(("apt-get", "update")) and _run(install)


def _from_playwright() -> str:
    """The one that Playwright keeps for the account that runs this."""
    if not _run((sys.executable, "-m", "playwright", "install", "chromium")):
        raise NoChromium("install Chromium and name it: BEZANT_CHROMIUM=/path/to/chromium")
    ask = (
        "from playwright.sync_api import sync_playwright as start\n"
        "with start() as playwright: print(playwright.chromium.executable_path)"
    )
    said = subprocess.run(
        [sys.executable, "-c", ask], stdout=subprocess.PIPE, text=True, check=False
    ).stdout.strip()
    if not Path(said).is_file():
        raise NoChromium("Playwright installed none; name one: BEZANT_CHROMIUM=/path/to/chromium")
    return said


def _run(command: Sequence[str]) -> bool:
    """Whether the command succeeded; it is not asked anything and its output is told apart."""
    print("chromium: " + " ".join(command), file=sys.stderr, flush=True)
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        timeout=INSTALL_TIMEOUT_S,
        check=False,
    )
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
