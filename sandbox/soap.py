"""Reading and writing SOAP 1.1 and 1.2 envelopes, of what the bank needs. Input is hostile until parsed."""

from xml.sax.saxutils import escape

from lxml import etree
from starlette.responses import Response

SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)

Fields = tuple[tuple[str, str], ...]


class BadEnvelope(ValueError):
    """Not a SOAP envelope with the operation that was asked for."""


def read_envelope(content: bytes, operation: str) -> tuple[etree._Element, str]:
    """The operation's element and the envelope's namespace. Raises BadEnvelope."""
    try:
        root = etree.fromstring(content, _PARSER)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadEnvelope(f"not XML: {error}") from error
    if b"<!DOCTYPE" in content:
        raise BadEnvelope("a document type is not accepted")
    name = etree.QName(root)
    if name.localname != "Envelope" or name.namespace not in (SOAP11, SOAP12):
        raise BadEnvelope("not a SOAP envelope")
    found = child(child(root, "Body"), operation)
    if found is None:
        raise BadEnvelope(f"the body holds no {operation}")
    return found, str(name.namespace)


def child(element: etree._Element | None, *path: str) -> etree._Element | None:
    """Down by local names; None when a step is missing."""
    for name in path:
        if element is None:
            return None
        element = next((one for one in element.iterchildren("{*}" + name)), None)
    return element


def text(element: etree._Element | None, *path: str) -> str:
    """The text there, empty when missing."""
    found = child(element, *path)
    return (found.text or "").strip() if found is not None else ""


def elements(fields: Fields) -> str:
    """One element per field, values escaped."""
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields)


def answer(body: str, namespace: str) -> Response:
    """The body in an envelope of the version that was used to ask."""
    kind = "text/xml" if namespace == SOAP11 else "application/soap+xml"
    envelope = (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{namespace}"><s:Body>{body}</s:Body></s:Envelope>'
    )
    return Response(envelope.encode(), media_type=f"{kind}; charset=utf-8")


def fault(reason: str) -> Response:
    """What a SOAP server says to a message it cannot read."""
    body = f"<s:Fault><faultcode>s:Client</faultcode><faultstring>{escape(reason)}</faultstring></s:Fault>"
    response = answer(body, SOAP11)
    response.status_code = 500
    return response
