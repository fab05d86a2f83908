"""Catalogues: every text of the source found, compiled, and reported when its Greek is missing or broken."""

import gettext
from pathlib import Path

import pytest

from launch import places, translations

_HEAD = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
)
_SOURCE = (
    "from django.utils.translation import gettext_lazy as _, ngettext\n"
    "TITLE = _('Your debts')\n"
    "def count(n): return ngettext('%(n)d debt', '%(n)d debts', n) % {'n': n}\n"
)
_TEMPLATE = (
    "{% load i18n %}<h1>{% translate 'Pay' context 'button' %}</h1>\n"
    "{% blocktranslate with name=x trimmed %}\n  Hello {{ name }},\n  welcome\n{% endblocktranslate %}"
    "{{ _('Now')|upper }}"
)


@pytest.fixture
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small product with one module and one template."""
    product = tmp_path / "obolos"
    portal = product / "interfaces" / "portal"
    (portal / "templates").mkdir(parents=True)
    (product / "titles.py").write_text(_SOURCE)
    (portal / "templates" / "pay.html").write_text(_TEMPLATE)
    monkeypatch.setattr(places, "ROOT", tmp_path)
    monkeypatch.setattr(translations, "PRODUCT", product)
    monkeypatch.setattr(translations, "PARTS", (portal, product))
    return product


def _write(part: Path, text: str) -> None:
    path = translations.catalogue_of(part)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_HEAD + text)


def test_texts_of_modules_and_templates_are_found(product: Path) -> None:
    in_portal, in_product = translations.extracted().values()
    assert set(in_portal) == {("button", "Pay"), (None, "Hello %(name)s, welcome"), (None, "Now")}
    assert set(in_product) == {(None, "Your debts"), (None, ("%(n)d debt", "%(n)d debts"))}


def test_missing_fuzzy_and_broken_translations_are_named(product: Path) -> None:
    _write(
        product,
        'msgid "Your debts"\nmsgstr ""\n\n#, fuzzy\nmsgid "Now"\nmsgstr "Τώρα"\n\n'
        '#, python-format\nmsgid "%(n)d debt"\nmsgid_plural "%(n)d debts"\n'
        'msgstr[0] "%(m)d οφειλή"\nmsgstr[1] "%(n)d οφειλές"\n',
    )
    lines = "\n".join(translations.defects())
    assert "no Greek: 'Your debts'" in lines
    assert "fuzzy: 'Now'" in lines
    assert "'%(n)d debt'" in lines
    assert "pay.html:1: not in any catalogue: 'Pay'" in lines


def test_complete_catalogues_pass_and_compile(product: Path) -> None:
    portal = product / "interfaces" / "portal"
    _write(
        portal,
        'msgctxt "button"\nmsgid "Pay"\nmsgstr "Πληρωμή"\n\nmsgid "Hello %(name)s, welcome"\n'
        'msgstr "Καλώς ήρθατε, %(name)s"\n\nmsgid "Now"\nmsgstr "Τώρα"\n',
    )
    _write(
        product,
        'msgid "Your debts"\nmsgstr "Οι οφειλές σας"\n\nmsgid "%(n)d debt"\nmsgid_plural "%(n)d debts"\n'
        'msgstr[0] "%(n)d οφειλή"\nmsgstr[1] "%(n)d οφειλές"\n',
    )
    assert translations.defects() == []
    translations.compile_all()
    with translations.catalogue_of(product).with_suffix(".mo").open("rb") as file:
        greek = gettext.GNUTranslations(file)
    assert greek.gettext("Your debts") == "Οι οφειλές σας"
    assert greek.ngettext("%(n)d debt", "%(n)d debts", 2) == "%(n)d οφειλές"


def test_bringing_up_to_date_keeps_what_is_translated(product: Path) -> None:
    _write(product, 'msgid "Your debts"\nmsgstr "Οι οφειλές σας"\n\nmsgid "Gone"\nmsgstr "Έφυγε"\n')
    translations.update_all()
    text = translations.catalogue_of(product).read_text()
    translations.update_all()
    assert translations.catalogue_of(product).read_text() == text, "a second run changes nothing"
    assert "@" not in text
    assert "Οι οφειλές σας" in text
    assert "%(n)d debt" in text
    assert "Gone" not in text
    assert 'msgctxt "button"' in translations.catalogue_of(product / "interfaces" / "portal").read_text()
