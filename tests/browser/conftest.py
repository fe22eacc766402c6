"""A real browser, and pages in it.

These tests need Chromium and Playwright, and have an environment of their own: `tox run -e browser`.
Another run does not collect them; where they are asked for, a missing browser is an error.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reseal.matrix.values import Matrix
from reseal.page import to_html

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HERE = Path(__file__).parent
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
# Without a sandbox, which root cannot have; and without what Chromium does of its own accord.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
Show = Callable[..., "Page"]


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Leave these tests out where they were not named."""
    named = [(config.invocation_params.dir / arg.partition("::")[0]).resolve() for arg in config.args]
    return None if any(path.is_relative_to(HERE) for path in named) else True


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    program = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    assert program is not None, "no Chromium: install it, for example with `apt-get install chromium`"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def troubles() -> Iterator[list[str]]:
    """What a page must not do: requests, dialogs, errors, messages on the console."""
    seen: list[str] = []
    yield seen
    assert seen == []


@pytest.fixture
def show(browser: Browser, tmp_path: Path, troubles: list[str]) -> Iterator[Show]:
    """Opens a matrix as a file, at an address, in a window of some width."""
    contexts = []

    def open_page(matrix: Matrix, anchor: str = "", *, width: int = 1280) -> Page:
        file = tmp_path / "page.html"
        file.write_text(to_html(matrix), "utf-8")
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("request", lambda r: r.url.partition("#")[0] == file.as_uri() or troubles.append(r.url))
        page.on("dialog", lambda dialog: (troubles.append(dialog.message), dialog.dismiss()))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda message: troubles.append(message.text))
        page.goto(file.as_uri() + anchor)
        return page

    yield open_page
    for context in contexts:
        context.close()
