"""Chromium for journeys: the machine's own, never one that a package downloads."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from launch import chromium

PATIENCE_MILLISECONDS = 10_000

__all__ = ["Browser", "BrowserContext", "Page", "chromium_running", "fresh_context"]


@contextmanager
def chromium_running() -> Iterator[Browser]:
    """A headless Chromium; Stop with one clear line when the machine has none and none may be installed."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.ensure(), args=list(chromium.FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def fresh_context(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """A profile of its own. Errors in a page's scripts are collected and raised when the block ends."""
    settings: dict[str, Any] = {"locale": "el-GR", "timezone_id": "Europe/Athens"} | options
    context = browser.new_context(**settings)
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    errors: list[str] = []
    context.on("weberror", lambda found: errors.append(str(found.error)))
    try:
        yield context
    finally:
        context.close()
    assert not errors, f"errors in the page's scripts: {errors}"
