"""XML from outside, read without trust: no document type, no entities, no network, bounded in size and depth."""

import re

from lxml import etree

MAX_XML_BYTES = 256 * 1024
_DECLARED = re.compile(rb"""\A<\?xml[^>]{0,80}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_ENCODINGS = frozenset({"utf-8", "utf8", "us-ascii", "iso-8859-7", "windows-1253"})
_FORBIDDEN = re.compile(r"<!(DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)


class BadXml(ValueError):
    """Not XML we are willing to read. The text says why, without quoting the document."""


def parse_xml(content: bytes) -> etree._Element:
    """The root element of `content`. Raises BadXml.

    Decoded here first, so that a forbidden declaration cannot hide in an encoding that only the parser understands.
    """
    if len(content) > MAX_XML_BYTES:
        raise BadXml(f"longer than {MAX_XML_BYTES} bytes")
    content = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    declared = _DECLARED.match(content)
    encoding = declared.group(1).decode().lower() if declared else "utf-8"
    if encoding not in _ENCODINGS:
        raise BadXml("encoding not accepted")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise BadXml(f"not {encoding}") from None
    if _FORBIDDEN.search(text):
        raise BadXml("a document type is not accepted")
    # A parser of its own per call: lxml parsers are not safe to share between threads, and making one is cheap.
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_pis=True
    )
    try:
        return etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise BadXml("not well-formed") from None


def child(element: etree._Element | None, name: str) -> etree._Element | None:
    """The only child element called `name`, whatever its namespace. None when absent. Raises BadXml when repeated."""
    if element is None:
        return None
    found = [node for node in element if isinstance(node.tag, str) and etree.QName(node).localname == name]
    if len(found) > 1:
        raise BadXml(f"{name} is repeated")
    return found[0] if found else None


def descend(element: etree._Element | None, *names: str) -> etree._Element | None:
    """The element reached by `names`, one level each; None when the way ends early."""
    for name in names:
        element = child(element, name)
    return element


def text_of(element: etree._Element | None, name: str) -> str:
    """The blank-stripped text of the child called `name`; empty when absent. Raises BadXml when it has children."""
    node = child(element, name)
    if node is None:
        return ""
    if len(node):
        raise BadXml(f"{name} holds elements, not text")
    return (node.text or "").strip()
