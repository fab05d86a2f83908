"""Settings, from the environment only. One file; `manage.py doctor` prints the effective values, secrets masked."""

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from obolos.config.logs import Line, configure_logs

BASE_DIR = Path(__file__).resolve().parents[2]


def _need(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set. `make demo` sets it for a trial; see docs/operate.md for servers."
        )
    return value


def _flag(name: str, default: str = "") -> bool:
    return os.environ.get(name, default).lower() in {"1", "true", "yes", "on"}


#: Migrations and grants run as the owner of the tables; web, worker and commands never do.
OBOLOS_AS_OWNER = _flag("OBOLOS_AS_OWNER")
OBOLOS_DEMO = _flag("OBOLOS_DEMO")
OBOLOS_VAR = Path(os.environ.get("OBOLOS_VAR", BASE_DIR / "var"))
OBOLOS_PORTAL_URL = os.environ.get("OBOLOS_PORTAL_URL", "http://localhost:8000").rstrip("/")
OBOLOS_SANDBOX_URL = os.environ.get("OBOLOS_SANDBOX_URL", "").rstrip("/")
OBOLOS_DIAS_INBOX = Path(os.environ.get("OBOLOS_DIAS_INBOX", OBOLOS_VAR / "dias" / "inbox"))
OBOLOS_UPLOADS = OBOLOS_VAR / "uploads"
OBOLOS_NOTICES = OBOLOS_VAR / "notices"
OBOLOS_SMS_URL = os.environ.get("OBOLOS_SMS_URL", f"{OBOLOS_SANDBOX_URL}/sms/send" if OBOLOS_SANDBOX_URL else "")
OBOLOS_SMS_TOKEN = os.environ.get("OBOLOS_SMS_TOKEN", "")
OBOLOS_THREADS = int(os.environ.get("OBOLOS_THREADS", "4"))
#: So long the places of an event are kept for somebody at the bank, and for somebody with an RF code.
OBOLOS_HOLD_CARD_SECONDS = int(os.environ.get("OBOLOS_HOLD_CARD_SECONDS", "900"))
OBOLOS_HOLD_RF_SECONDS = int(os.environ.get("OBOLOS_HOLD_RF_SECONDS", "86400"))
#: Misses in 15 minutes before look-ups by strangers wait: of one network address, and for one number.
OBOLOS_TRIES_PER_ADDRESS = int(os.environ.get("OBOLOS_TRIES_PER_ADDRESS", "5"))
OBOLOS_TRIES_PER_NUMBER = int(os.environ.get("OBOLOS_TRIES_PER_NUMBER", "5"))
#: The least amount that somebody may say stands on a fine slip whose amount the officer writes.
OBOLOS_SLIP_LEAST_CENTS = int(os.environ.get("OBOLOS_SLIP_LEAST_CENTS", "500"))
#: Days after which the addresses that guests and buyers of tickets left are forgotten; 0 keeps them.
OBOLOS_FORGET_BUYERS_DAYS = int(os.environ.get("OBOLOS_FORGET_BUYERS_DAYS", "730"))
OBOLOS_FIELD_KEY = _need("OBOLOS_FIELD_KEY")
#: TAXISnet client. Test and live hosts differ, so the address is configuration.
OBOLOS_TAXISNET = {
    "base_url": os.environ.get("OBOLOS_TAXISNET_URL", f"{OBOLOS_SANDBOX_URL}/gsis"),
    "client_id": os.environ.get("OBOLOS_TAXISNET_CLIENT_ID", "obolos-demo"),
    "secret": os.environ.get("OBOLOS_TAXISNET_SECRET", "demo-gsis" if OBOLOS_SANDBOX_URL else ""),
    "flavour": os.environ.get("OBOLOS_TAXISNET_FLAVOUR", "citizens"),
}

SECRET_KEY = _need("OBOLOS_SECRET_KEY")
DEBUG = _flag("OBOLOS_DEBUG")
_portal = urlsplit(OBOLOS_PORTAL_URL)
ALLOWED_HOSTS = [_portal.hostname or "localhost", *filter(None, os.environ.get("OBOLOS_HOSTS", "").split(","))]
CSRF_FAILURE_VIEW = "obolos.interfaces.portal.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS = [OBOLOS_PORTAL_URL]
_https = _portal.scheme == "https"

INSTALLED_APPS = [
    # First, so that their templates and texts come before those of the packages below.
    "obolos.interfaces.portal",
    "obolos.interfaces.office",
    "obolos.interfaces.worker",
    "obolos.interfaces.commands",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "procrastinate.contrib.django",
    "obolos.domain.municipalities.apps.Config",
    "obolos.domain.audit.apps.Config",
    "obolos.domain.deliveries.apps.Config",
    "obolos.domain.people.apps.Config",
    "obolos.domain.messages.apps.Config",
    "obolos.domain.ledger.apps.Config",
    "obolos.domain.debts.apps.Config",
    "obolos.domain.payments.apps.Config",
    "obolos.domain.reconciliation.apps.Config",
    "obolos.domain.notices.apps.Config",
    "obolos.domain.clearances.apps.Config",
    "obolos.domain.offerings.apps.Config",
    "obolos.domain.reminders.apps.Config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "obolos.config.urls"
WSGI_APPLICATION = "obolos.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "obolos" / "interfaces" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "django.contrib.auth.context_processors.auth",
                "obolos.interfaces.portal.context.visitor",
            ],
        },
    }
]


def _database(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    limits = "-c lock_timeout=3s -c statement_timeout=15s -c idle_in_transaction_session_timeout=20s"
    options: dict[str, object] = {"server_side_binding": True, "prepare_threshold": 1}
    if OBOLOS_AS_OWNER:
        options = {}
    else:
        options |= {"options": limits, "pool": {"min_size": 1, "max_size": OBOLOS_THREADS + 1, "timeout": 10}}
    return {
        "ENGINE": "obolos.base.postgres",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": query.pop("port", str(parts.port or "")),
        "CONN_MAX_AGE": 0,
        "OPTIONS": query | options,  # what is left says how to connect, e.g. sslmode
    }


DATABASES = {"default": _database(_need("OBOLOS_OWNER_DATABASE_URL" if OBOLOS_AS_OWNER else "OBOLOS_APP_DATABASE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/office/account/login/"
LOGIN_REDIRECT_URL = "/office/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_ADAPTER = "obolos.interfaces.office.account.StaffAccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/office/account/login/"
# Wrong passwords and codes of one account are counted by axes, where all processes see them.
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip"}
MFA_ADAPTER = "obolos.interfaces.office.account.StaffCodesAdapter"
MFA_FORMS = {"authenticate": "obolos.interfaces.office.account.OneTimeCodeForm"}
MFA_SUPPORTED_TYPES = ["totp"]
MFA_TOTP_TOLERANCE = 1
MFA_TOTP_ISSUER = "Obolos"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_ENABLE_ADMIN = False
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
AXES_VERBOSE = False

SESSION_COOKIE_NAME = "obolos_session"
SESSION_COOKIE_AGE = 20 * 60
SESSION_SAVE_EVERY_REQUEST = False
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
#: A proxy in front says by which scheme and from which address somebody came.
OBOLOS_BEHIND_PROXY = _flag("OBOLOS_BEHIND_PROXY")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if OBOLOS_BEHIND_PROXY else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}

LANGUAGE_CODE = "el"
LANGUAGES = [("el", "Ελληνικά"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "obolos_language"
LOCALE_PATHS = [BASE_DIR / "obolos" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Athens"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "obolos" / "interfaces" / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = os.environ.get("OBOLOS_EMAIL_HOST", "127.0.0.1")
EMAIL_PORT = int(os.environ.get("OBOLOS_EMAIL_PORT", "8101"))
EMAIL_HOST_USER = os.environ.get("OBOLOS_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("OBOLOS_EMAIL_PASSWORD", "")
EMAIL_USE_TLS = _flag("OBOLOS_EMAIL_TLS")
EMAIL_TIMEOUT = 5
DEFAULT_FROM_EMAIL = os.environ.get("OBOLOS_EMAIL_FROM", "Obolos <no-reply@obolos.example>")

#: Only the worker imports the ticks; web processes stay light.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": Line, "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("OBOLOS_LOG_LEVEL", "WARNING")},
    "loggers": {"obolos": {"level": "INFO"}, "axes": {"level": "ERROR"}},
}
configure_logs()
SILENCED_SYSTEM_CHECKS = ["axes.W006"]
