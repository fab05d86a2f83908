"""XML from outside: hostile documents are refused at once and cost nothing."""

import contextlib
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obolos.adapters.xml import MAX_XML_BYTES, BadXml, child, descend, parse_xml, text_of

BOMB = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
HOSTILE = {
    "billion laughs": f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "lol">{BOMB}]><a>&l9;</a>'.encode(),
    "billion laughs in an attribute": f'<!DOCTYPE a [<!ENTITY l0 "lol">{BOMB}]><a b="&l9;"/>'.encode(),
    "quadratic": b'<!DOCTYPE a [<!ENTITY x "' + b"x" * 50_000 + b'">]><a>' + b"&x;" * 5000 + b"</a>",
    "local file": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "network": b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>',
    "parameter entity": b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]><a/>',
    "lower case": b"<!doctype a><a/>",
    "utf-16": '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'.encode("utf-16"),
    "utf-7": b'<?xml version="1.0" encoding="utf-7"?>+ADwAIQ-DOCTYPE a [<!ENTITY x "y">]><a/>',
    "ebcdic": '<?xml version="1.0" encoding="cp037"?><!DOCTYPE a><a/>'.encode("cp037"),
    "bare entity": b"<a>&x;</a>",
    "unknown encoding": b'<?xml version="1.0" encoding="klingon"?><a/>',
    "escapes as encoding": b'<?xml version="1.0" encoding="unicode_escape"?><a/>',
    "deep": b"<a>" * 1000 + b"</a>" * 1000,
    "large": b"<a>" + b" " * MAX_XML_BYTES + b"</a>",
    "inclusion": b'<a><!ENTITY x SYSTEM "file:///etc/passwd"></a>',
    "not utf-8": b"<a>\xff\xfe</a>",
    "zero byte": b"<a>\0</a>",
    "two roots": b"<a/><b/>",
    "nothing": b"",
    "html": b"<html><body><p>Service Unavailable</body></html>",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_hostile_documents(content: bytes) -> None:
    tracemalloc.start()
    began = time.perf_counter()
    with pytest.raises(BadXml):
        parse_xml(content)
    took, peak = time.perf_counter() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert took < 0.1
    assert peak < 5_000_000


@pytest.mark.parametrize("name", [name for name, content in HOSTILE.items() if b"<!DOCTYPE" in content])
def test_a_document_type_is_refused_before_the_parser_sees_it(name: str) -> None:
    with pytest.raises(BadXml, match="a document type"):
        parse_xml(HOSTILE[name])


@given(st.binary(max_size=200))
def test_never_fails_otherwise(content: bytes) -> None:
    with contextlib.suppress(BadXml):
        parse_xml(content)


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-7", "windows-1253"])
def test_greek_encodings(encoding: str) -> None:
    content = f'<?xml version="1.0" encoding="{encoding}"?><a><b> Ωμέγα </b></a>'.encode(encoding)
    assert text_of(parse_xml(content), "b") == "Ωμέγα"


def test_byte_order_mark_and_namespaces() -> None:
    root = parse_xml(b'\xef\xbb\xbf<s:E xmlns:s="urn:s"><s:B><R xmlns="urn:r"><I>1</I><N/></R></s:B></s:E>')
    result = descend(root, "B", "R")
    assert (text_of(result, "I"), text_of(result, "N"), text_of(result, "X")) == ("1", "", "")
    assert descend(root, "B", "nothing", "here") is None


@pytest.mark.parametrize("content", [b"<a><b>1</b><b>2</b></a>", b"<a><b>1</b><x:b xmlns:x='u'>2</x:b></a>"])
def test_repeated_elements_are_not_chosen_from(content: bytes) -> None:
    with pytest.raises(BadXml, match="repeated"):
        child(parse_xml(content), "b")


@pytest.mark.parametrize("content", [b"<a><b>1<c/>2</b></a>", b"<a><b>1<!-- -->2</b></a>"])
def test_text_that_is_interrupted_is_refused(content: bytes) -> None:
    with pytest.raises(BadXml, match="not text"):
        text_of(parse_xml(content), "b")
