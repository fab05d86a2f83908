"""Turning templates into pages. Texts of pages people may see in the demo are Greek with English below."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from sandbox.state import ATHENS, euro_el

FOLDER = Path(__file__).parent
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; frame-src 'self'; base-uri 'none'"
)

_environment = Environment(
    loader=FileSystemLoader(FOLDER / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
_environment.filters["euro"] = euro_el
_environment.filters["moment"] = lambda at: f"{at.astimezone(ATHENS):%d/%m/%Y %H:%M:%S}"


def page(template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """The page, never cached, with nothing from elsewhere."""
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": _POLICY}
    return HTMLResponse(_environment.get_template(template).render(**values), status_code=status, headers=headers)
