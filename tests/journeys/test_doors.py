"""An administrator dresses the municipality's door, and a citizen comes through it."""

import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from launch.stack import Stack
from tests.journeys.inspection import inspect
from tests.journeys.test_office import sign_in
from tests.journeys.visitor import Visitor
from tests.support.pictures import chunk, header, png

pytestmark = pytest.mark.journey

#: Dressed by the journey; the others stay as the demo has them.
DOOR = "/d/ioannina/"


def emblem(folder: Path) -> Path:
    """A disc on a transparent ground, as emblems are."""
    side = 96
    rows = b""
    for y in range(side):
        rows += b"\x00"
        for x in range(side):
            far = ((x - 47.5) ** 2 + (y - 47.5) ** 2) ** 0.5
            rows += b"\x14\x44\x2e\xff" if far < 46 and not 18 < far < 26 else b"\x00\x00\x00\x00"
    whole = png()[:8] + header(side, side, sort=6) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    path = folder / "emblem.png"
    path.write_bytes(whole)
    return path


def test_from_a_weak_colour_to_a_published_door(stack: Stack, visitors: Callable[..., Visitor], tmp_path: Path) -> None:
    admin = visitors(reduced_motion="reduce")
    page = admin.page
    sign_in(page, stack, "admin")
    page.click("nav a[href='/office/door/']")
    page.fill("#head", "#ffcc00")
    page.fill("#website", "javascript:alert(1)")
    page.click("main button.ob-btn")
    page.wait_for_selector("#errors")
    assert "#876c00" in page.locator("#errors").inner_text()
    inspect(admin, "office-door-error")
    page.fill("#head", "#14442e")
    page.fill("#accent", "#2d7f5a")
    page.fill("#website", "www.ioannina.example")
    page.fill("#phone", "26510 00084")
    page.fill("#hours_el", "Δευτέρα έως Παρασκευή, 8:00 έως 14:00")
    page.fill("#hours_en", "Monday to Friday, 8:00 to 14:00")
    page.set_input_files("#emblem", emblem(tmp_path))
    page.click("main button.ob-btn")
    page.wait_for_url("**/office/door/preview/")
    inspect(admin, "office-door-preview")
    page.click("form[action='/office/door/publish/'] button")
    page.wait_for_selector("main [role=status]")
    page.reload()  # said once
    inspect(admin, "office-door")
    page.click("a[href='/office/door/embed/']")
    page.wait_for_url("**/office/door/embed/")
    inspect(admin, "office-door-embed")
    admin.open("/office/door/clearance/")
    inspect(admin, "office-clearance-rule")

    citizen = visitors()
    citizen.open(DOOR)
    shown = citizen.page.evaluate(
        "() => { const one = document.querySelector('.ob-emblem'), head = document.querySelector('.ob-head');"
        " return [one.naturalWidth, getComputedStyle(head).backgroundColor]; }"
    )
    assert shown == [96, "rgb(20, 68, 46)"]
    inspect(citizen, "door")
    citizen.open("/d/zitsa/")
    inspect(citizen, "door-plain")
