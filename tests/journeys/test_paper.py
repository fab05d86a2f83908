"""Paper meets web, in a browser against the running stack: notices made by the worker, a pad, a slip paid by its code."""

import io
import re
from collections.abc import Callable

import pypdf
import pytest
from playwright.sync_api import Page

from launch.stack import Stack
from tests.journeys.inspection import inspect
from tests.journeys.test_office import sign_in
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.journey
TOWN = "9086"


def pdf_text(page: Page, address: str) -> str:
    """The text of a PDF that the signed-in browser gets."""
    answer = page.request.get(address)
    assert answer.ok, address
    pages = pypdf.PdfReader(io.BytesIO(answer.body()), strict=True).pages
    return " ".join(" ".join(one.extract_text().split()) for one in pages)


def plain(page: Page) -> str:
    """What the page says, on one line."""
    return " ".join(page.locator("main").inner_text().split())


def test_a_clerk_makes_notices_and_a_pad_and_a_driver_pays_a_slip(
    stack: Stack, visitors: Callable[..., Visitor]
) -> None:
    clerk = visitors(reduced_motion="reduce")
    page = clerk.page
    sign_in(page, stack, f"clerk-{TOWN}")
    page.click("nav a[href='/office/notices/']")
    page.fill("#min", "1200")
    page.click("main button[name=look]")
    page.wait_for_selector(".ob-kpi dd")
    shown = page.locator(".ob-kpi dd").all_inner_texts()
    assert int(shown[0]) > 0, shown
    inspect(clerk, "office-notices")
    page.click("main form[method=post] button.ob-btn")
    page.wait_for_selector(".ob-files li a", timeout=60_000)
    page.wait_for_selector(".ob-tag--ok", timeout=60_000)
    inspect(clerk, "office-notice-batch")
    files = [one.get_attribute("href") for one in page.locator(".ob-files li a[href$='.pdf']").all()]
    text = " ".join(pdf_text(page, f"{stack.addresses.portal}{one}") for one in files)
    assert text.count("Ειδοποιητήριο οφειλών") == int(shown[0])
    assert re.search(r"RF\d\d \d{4} \d{4}", text)

    page.goto(f"{stack.addresses.portal}/office/slips/")
    page.fill("#count", "10")
    page.check("input[name=how][value=some]")
    page.fill("#amounts", "20 / 40")
    page.click("main form button.ob-btn")
    inspect(clerk, "office-slips")
    sheet = page.locator("main table a").first.get_attribute("href")
    text = pdf_text(page, f"{stack.addresses.portal}{sheet}")
    number = re.search(r"\b\d{5}-\d{3}-\d\b", text)
    assert number
    assert text.count("Κωδικός οφειλής") == 10
    assert len(re.findall(r"20\s€\s+40\s€", text)) == 10
    rf = re.search(r"RF\d\d(?: \d{4}){5} \d\b", text)
    assert rf

    driver = visitors(reduced_motion="reduce")
    page = driver.page
    page.goto(f"{stack.addresses.portal}/find/")
    page.fill("#q", number.group(0))
    page.click("#go")
    page.fill("input[name=second]", "ΜΙΑ 1234")
    page.click("main button.ob-btn")
    assert number.group(0) in driver.heading()
    inspect(driver, "slip")
    slip = page.url
    page.goto(f"{stack.addresses.portal}/genuine/?c={rf.group(0)}")
    assert "σημείωσε ο υπάλληλος του δήμου πάνω στην κλήση: 20,00 € ή 40,00 €" in plain(page)
    inspect(driver, "genuine-slip")
    page.goto(slip)
    page.check("input[name=amount] >> nth=1")
    page.click("#go")
    assert "40,00" in page.locator("main").inner_text()
    assert "Όπως τα δηλώσατε" in plain(page)
    assert "ΜΙΑ 1234" in plain(page)
    inspect(driver, "slip-pay")
