"""What keeps the code what it is said to be: layers, order of packages, access rules, words, whole cents, settings.

Every exception stands here with its reason.
"""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models import ForeignKey, Model

from launch import places, translations
from tests.architecture.urls import every_url
from tests.support import databases

PRODUCT = places.ROOT / "obolos"

#: Top to bottom: a package may point at those below it.
DOMAIN = (
    "clearances", "offerings", "reconciliation", "notices", "reminders", "payments", "debts", "ledger", "messages",
    "people", "audit",
    "deliveries", "municipalities",
)  # fmt: skip

RULE = re.compile(
    r"public|citizen|order-holder|code-holder|callback|staff(:(CLERK|CASHIER|FINANCE|ADMIN)(,(CLERK|CASHIER|FINANCE|ADMIN))*)?"
)
#: Pages that anybody may call, and why.
PUBLIC = {
    "home": "where one begins", "help": "how to pay", "accessibility": "a statement the law wants",
    "privacy": "a statement the law wants", "status": "whether everything works", "language": "sets a cookie only",
    "live": "asked by machines", "ready": "asked by machines", "sign_in": "goes to the identity provider",
    "sign_in_return": "checks the state that sign_in made", "sign_out": "ends the caller's own session",
    "reminders_stop": "the link's keyed hash says whose they are",
    "signed_out": "the provider sends people back here", "find": "looks up what was typed, slowed; tells no name",
    "door": "a municipality's own first page",
    "door_emblem": "a picture on it", "door_colours": "two colours of it",
    "genuine": "whoever doubts a code; slowed down", "events": "what is on sale",
    "event": "a guest buys", "certificates": "what is on sale", "certificate": "a guest buys",
}  # fmt: skip
#: allauth's pages: signing in, and those not in use, which answer 404. What they show is only about the caller.
PUBLIC_PREFIXES = ("office/account/",)
CSRF_EXEMPT = {
    "callbacks/piraeus/success/", "callbacks/piraeus/failure/", "callbacks/piraeus/cancel/", "callbacks/dias/online/",
    "reminders/stop/",
}  # fmt: skip

BANNED = {"transaction", "data", "info", "item", "manager", "handler", "processor", "helper", "util", "service"}
#: Names that hold a banned word for a reason.
NAMED = {
    "WorklistItem": "the glossary's word for εκκρεμότητα: one line of the worklist",
    "refuse_inside_transaction": "means the database's transaction",
    "_start_transaction_under_autocommit": "Django's own name in its database backend",
    "get_extra_info": "asyncio's own name in a protocol we play",
    "get_context_data": "Django's own name",
    "demo_data": "the command that loads the demo's data",
}

#: Where money may meet a division or a float, and why.
INEXACT = {
    "obolos/flows/export_payments.py": "a cell of a spreadsheet is a double; the CSV beside it is exact",
    "obolos/flows/export_sales.py": "a cell of a spreadsheet is a double; the CSV beside it is exact",
}


@cache
def sources(*folders: str) -> tuple[tuple[str, ast.Module], ...]:
    """Python files of the product below some folders: (path from the root, parsed)."""
    paths = sorted(path for folder in folders for path in (places.ROOT / folder).rglob("*.py"))
    assert paths
    return tuple((str(path.relative_to(places.ROOT)), ast.parse(path.read_text())) for path in paths)


def own_models() -> Iterator[type[Model]]:
    """Models of the product."""
    return (model for model in apps.get_models() if model.__module__.startswith("obolos."))


def package_of(model: type[Model]) -> str:
    """The domain package of a model."""
    found = re.fullmatch(r"obolos\.domain\.(\w+)\.models", model.__module__)
    assert found, f"{model.__module__}: models live in obolos.domain.<package>.models"
    return found.group(1)


def test_the_import_contracts_are_kept() -> None:
    command = [str(places.venv_program("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=places.ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "0 broken" in done.stdout


def test_foreign_keys_point_down_the_order_of_packages() -> None:
    wrong = []
    for model in own_models():
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            if not isinstance(field, ForeignKey) or not target.__module__.startswith("obolos."):
                continue
            if DOMAIN.index(package_of(target)) < DOMAIN.index(package_of(model)):
                wrong.append(f"{model.__name__}.{field.name} → {target.__name__}")
    assert wrong == []


@pytest.mark.django_db
def test_keys_in_the_database_point_down_the_order_of_packages() -> None:
    packages = {model._meta.db_table: package_of(model) for model in own_models()}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f'"
        )
        keys = [(here, there) for here, there in cursor.fetchall() if here in packages]
    assert len(keys) > 30
    up = [
        (here, there) for here, there in keys
        if there in packages and DOMAIN.index(packages[there]) < DOMAIN.index(packages[here])
    ]  # fmt: skip
    assert up == []
    foreign = {there for _, there in keys if there not in packages}
    assert foreign <= {"auth_user"}


def test_every_domain_package_has_its_place() -> None:
    folders = {path.name for path in (PRODUCT / "domain").iterdir() if (path / "__init__.py").exists()}
    assert folders == set(DOMAIN)


def test_every_url_says_who_may_call_it() -> None:
    urls = every_url()
    assert len(urls) > 20
    assert [url.route for url in urls if not RULE.fullmatch(url.rule)] == []


def test_pages_that_anybody_may_call_are_the_written_ones() -> None:
    public = [url for url in every_url() if url.rule == "public" and not url.route.startswith(PUBLIC_PREFIXES)]
    assert {url.name for url in public} == set(PUBLIC)


def test_every_page_of_an_interface_has_the_rules_of_that_interface() -> None:
    allowed = {
        "office/": ("staff", "public"),
        "callbacks/": ("callback",),
        "": ("public", "citizen", "order-holder", "code-holder"),
    }
    for url in every_url():
        prefix = next(prefix for prefix in allowed if url.route.startswith(prefix))
        assert url.rule.partition(":")[0] in allowed[prefix], url.route


def test_views_exempt_from_csrf_are_exactly_the_callbacks() -> None:
    assert {url.route for url in every_url() if getattr(url.view, "csrf_exempt", False)} == CSRF_EXEMPT


def test_no_url_carries_a_tax_number_or_an_amount() -> None:
    routes = [url.route for url in every_url()]
    assert [route for route in routes if re.search(r"(^|\W|_)(afm|vat|cents|amount|name)(\W|_|$)", route)] == []


@pytest.mark.django_db
def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_every_model_says_what_it_is() -> None:
    without = [
        model.__name__ for model in own_models()
        if not (model.__doc__ or "").strip() or (model.__doc__ or "").startswith(f"{model.__name__}(")
    ]  # fmt: skip
    assert without == []


def test_every_module_and_every_public_function_of_the_core_says_what_it_does() -> None:
    silent = []
    for path, module in sources("obolos/domain", "obolos/flows", "obolos/base", "obolos/adapters"):
        if "/migrations/" in path or path.endswith("/apps.py") or not module.body:
            continue
        if not ast.get_docstring(module):
            silent.append(path)
        for node in module.body:
            named = isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
            if named and not ast.get_docstring(node):
                silent.append(f"{path}:{node.lineno} {node.name}")
    assert silent == []


def test_nothing_is_named_by_a_word_that_means_everything() -> None:
    found = set()
    for path, module in sources("obolos"):
        for node in ast.walk(module):
            if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and node.name not in NAMED:
                words = {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", node.name)}
                if {word.removesuffix("s") for word in words} & BANNED:
                    found.add(f"{path}: {node.name}")
        stem = Path(path).stem
        if stem not in NAMED and set(stem.split("_")) & (BANNED | {f"{word}s" for word in BANNED}):
            found.add(path)
    assert found == set()


def test_money_is_never_a_float() -> None:
    """No float(), no division and no rounding by the language where cents are; `round_half_up` is exact."""
    found = []
    for path, module in sources("obolos/domain", "obolos/flows", "obolos/base", "obolos/adapters", "obolos/interfaces"):
        if path in INEXACT:
            continue
        found += [f"{path}:{line}" for line in inexact_lines(module)]
    assert found == []


def inexact_lines(module: ast.Module) -> list[int]:
    """Lines on which cents meet a float."""
    found = []
    for node in ast.walk(module):
        if isinstance(node, (ast.BinOp, ast.AugAssign, ast.Call)) and _is_inexact(node) and _speaks_of_money(node):
            found.append(node.lineno)
        if isinstance(node, ast.Assign) and any(map(_speaks_of_money, node.targets)):
            found += [one.lineno for one in ast.walk(node.value) if _is_inexact(one)]
        if isinstance(node, (ast.AnnAssign, ast.arg)) and node.annotation and "float" in _names(node.annotation):
            named = node.arg if isinstance(node, ast.arg) else ast.unparse(node.target)
            if MONEY.search(named):
                found.append(node.lineno)
    return found


def _is_inexact(node: ast.AST) -> bool:
    if isinstance(node, (ast.BinOp, ast.AugAssign)):
        return isinstance(node.op, ast.Div)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"float", "round"}


MONEY = re.compile(r"(^|_)(cents|amount|euro|principal|money)(_|$)")


def _names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _speaks_of_money(node: ast.AST) -> bool:
    words = _names(node) | {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}
    return any(MONEY.search(word) for word in words)


@pytest.mark.parametrize(
    "line",
    ["x = float(amount)", "share = row.amount_cents / 3", "cents = round(total * 0.24)", "def f(cents: float): ...",
     "price: float = 1\namount_cents: float = 1", "cents /= 2"],
)  # fmt: skip
def test_the_look_for_floats_finds_one(line: str) -> None:
    assert inexact_lines(ast.parse(line))


def test_every_text_has_its_greek() -> None:
    assert translations.defects() == []


def test_nothing_generated_is_committed() -> None:
    done = subprocess.run(["git", "ls-files"], cwd=places.ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    generated = re.compile(r"\.(mo|pyc|log|dump|sqlite3?)$|(^|/)(__pycache__|var|staticfiles|\.venv|uv\.lock)(/|$)")
    assert [name for name in done.stdout.splitlines() if generated.search(name)] == []


def test_the_sign_in_cookies_and_hosts_are_narrow() -> None:
    assert "*" not in settings.ALLOWED_HOSTS
    assert not [host for host in settings.ALLOWED_HOSTS if host.startswith(".")]
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == "Lax"
    assert not settings.DEBUG
    assert settings.X_FRAME_OPTIONS == "DENY"
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert directives["default-src"] == directives["frame-ancestors"] == directives["base-uri"] == ["'none'"]
    assert directives["form-action"] == ["'self'"]
    said = [source for sources_ in directives.values() for source in sources_]
    assert not [source for source in said if "unsafe" in source or "*" in source or source.startswith("http")]


#: Prints what the settings say when the portal is reached by https.
_BY_HTTPS = """
from obolos.config import settings as s
print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS >= 31536000, s.DEBUG, s.ALLOWED_HOSTS,
      s.CSRF_TRUSTED_ORIGINS, s.SECURE_PROXY_SSL_HEADER)
"""


def test_cookies_travel_by_https_only_where_the_portal_is_reached_by_https() -> None:
    variables = databases.variables("nowhere") | {"OBOLOS_PORTAL_URL": "https://pay.example.gr"}
    variables.pop("OBOLOS_DEMO")
    done = subprocess.run(
        [sys.executable, "-c", _BY_HTTPS], cwd=places.ROOT, env={"PATH": os.environ["PATH"], **variables},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert " ".join(done.stdout.split()) == "True True True False ['pay.example.gr'] ['https://pay.example.gr'] None"


def test_application_connections_wait_for_nothing_for_ever() -> None:
    options = settings.DATABASES["default"]["OPTIONS"]["options"]
    for limit in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
        assert re.search(rf"-c {limit}=\d+s", options), limit
    assert settings.DATABASES["default"]["CONN_MAX_AGE"] == 0
    assert settings.DATABASES["default"].get("ATOMIC_REQUESTS", False) is False
    assert list(settings.DATABASES) == ["default"]
