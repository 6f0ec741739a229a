"""Settings shared by every way of running; read from the environment.

``local`` (embedded default and demo), ``test`` and ``production`` build on
this. The table of variables is in ``docs/operations.md``.
"""

from pathlib import Path

import environ
from csp.constants import NONE, SELF

from hubapp.db.settings import database

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = False
DEMO = False
SITE_URL = env.str("SITE_URL", default=f"http://127.0.0.1:{env.int('PORT', default=8000)}")

INSTALLED_APPS = [
    "hubapp",
    "accounts",
    "portfolio",
    "maturity",
    "partners",
    "kpis",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "template_partials",
    "django_htmx",
    "rules",
    "axes",
    "csp",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "hubapp.web.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "hubapp.web.middleware.BadInputMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "hubapp.urls"
WSGI_APPLICATION = "hubapp.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["hubapp.templatetags.hub"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hubapp.web.context.nav",
            ],
        },
    }
]
FORM_RENDERER = "hubapp.web.forms.NHSFormRenderer"

DATABASES = {"default": database(env, DATA_DIR)}
# Write transactions are short and opened by services; a page never holds one.
ATOMIC_REQUESTS = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "hubapp.web.cache.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": DATA_DIR / "cache",
            "OPTIONS": {"MAX_ENTRIES": 5000},
        }
    }

# -- people and sign-in ---------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "rules.permissions.ObjectPermissionBackend",
    "accounts.backends.EmailBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "accounts:login"
PASSWORD_RESET_TIMEOUT = 60 * 60 * 24
# Attempts are counted under a keyed hash of the address typed: no address is
# stored outside accounts.Person.
AXES_HANDLER = "axes.handlers.database.AxesDatabaseHandler"
AXES_USERNAME_CALLABLE = "accounts.backends.axes_username"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "username"
AXES_LOCKOUT_TEMPLATE = "accounts/locked_out.html"
AXES_CLIENT_IP_CALLABLE = "hubapp.web.limits.client_address"
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True
# How many proxies stand in front: 0 trusts no X-Forwarded-For.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

SESSION_ENGINE = "hubapp.web.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 12
# So that two hubs on one machine (two ports of one host) do not sign each other out.
SESSION_COOKIE_NAME = f"hubapp_session_{env.int('PORT', default=8000)}"
CSRF_COOKIE_NAME = f"hubapp_csrf_{env.int('PORT', default=8000)}"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "hubapp.web.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# -- words, time ----------------------------------------------------------
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_TZ = True
USE_I18N = True

# -- files ----------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(DATA_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_PERMISSIONS = 0o600
# The largest file an import accepts, in bytes.
IMPORT_MAX_BYTES = 20_000_000

# -- disclosure -----------------------------------------------------------
# Counts of people under it are suppressed beyond their site.
DISCLOSURE_THRESHOLD = env.int("DISCLOSURE_THRESHOLD", default=5)

# -- mail -----------------------------------------------------------------
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Hubapp <hubapp@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
MAIL_DIR = DATA_DIR / "mail"
if env.str("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "hubapp.notifications.filemail.EmailBackend"
EMAIL_TIMEOUT = 10
# Where submitters may answer by mail: "hub@example.nhs.uk" takes what comes to "hub+…@example.nhs.uk".
# Empty: nobody reads mail, and mails say so.
INBOUND_EMAIL = env.str("INBOUND_EMAIL", default="")
# Where that mail lies: a Maildir folder, a mailbox (imaps://user:password@host/INBOX), or both;
# neither where the mail server hands each mail to ``manage.py receive_mail``.
INBOUND_MAILDIR = env.str("INBOUND_MAILDIR", default="")
INBOUND_URL = env.str("INBOUND_URL", default="")
# How long the mail of a decision is held, during which it can be undone.
DECISION_HOLD_MINUTES = 10

# -- Celery ---------------------------------------------------------------
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "Europe/London"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_TIME_LIMIT = 60 * 30
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A request never waits for a broker that is down: the outbox keeps the row and sweeps.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object]
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        # Above the longest task, or Redis hands a running task to a second worker.
        "visibility_timeout": 60 * 60,
        "socket_connect_timeout": 1,
        "socket_timeout": 5,
        "max_retries": 0,
    }
else:
    _broker = DATA_DIR / "broker"
    for _folder in ("messages", "processed", "control"):
        (_broker / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "filesystem://localhost"  # without a host kombu warns at every start
    CELERY_BROKER_TRANSPORT: str | None = "hubapp.broker:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "messages"),
        "data_folder_out": str(_broker / "messages"),
        "processed_folder": str(_broker / "processed"),
        "control_folder": str(_broker / "control"),
        "store_processed": False,
        "polling_interval": 0.1,
    }

# -- REST -----------------------------------------------------------------
THROTTLE_RATES = {
    # Anonymous public forms, per network address and hour; see hubapp.web.limits.
    # A hospital's thousands of staff share one address, so these stop machines,
    # not a busy day; guessing a link or a password is hopeless at these rates.
    "front_door_start": "600/hour",
    "front_door_send": "200/hour",
    "token_guess": "600/hour",
    "mail_link": "60/hour",
    "ask_code": "120/hour",
    "sign_in": "600/hour",
    # Ideas like what is typed, asked for while it is typed.
    "similar": "6000/hour",
    "api": "600/min",
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.ApiKeyAuthentication",
        "accounts.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["hubapp.api.permissions.HasPerm"],
    "DEFAULT_PAGINATION_CLASS": "hubapp.api.pagination.CursorPagination",
    "DEFAULT_FILTER_BACKENDS": ["hubapp.api.filters.FilterBackend"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["hubapp.api.parsers.JSONParser"],
    # What is sent back is chosen by Accept alone.
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_SCHEMA_CLASS": "hubapp.api.schema.AutoSchema",
    "EXCEPTION_HANDLER": "hubapp.api.problems.handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "COERCE_DECIMAL_TO_STRING": True,
    "DEFAULT_THROTTLE_RATES": THROTTLE_RATES,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Hubapp API",
    "DESCRIPTION": "The numbers and records of an NHS innovation hub. Version 1 is additive only.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    # Fields called "kind" and "state" are many: each enum is named after its class.
    "ENUM_NAME_OVERRIDES": {
        "ActorKind": "hubapp.actors.ActorKind",
        "OrganisationKind": "accounts.enums.OrganisationKind",
        "Channel": "portfolio.enums.Channel",
        "SubmitterKind": "portfolio.enums.SubmitterKind",
        "InnovationType": "portfolio.enums.InnovationType",
        "InnovationState": "portfolio.enums.State",
        "DecisionKind": "portfolio.enums.DecisionKind",
        "DecisionChoice": "portfolio.api.serializers.DECISION_CHOICES",
        "WaitsOn": "portfolio.enums.WaitsOn",
        "HoldFor": "portfolio.api.desk.HOLD_FOR",
        "ClockHolder": "portfolio.api.desk.HOLDERS",
        "StopReason": "portfolio.enums.StopReason",
        "Exemption": "portfolio.enums.Exemption",
        "FollowUpOutcome": "portfolio.enums.FollowUpOutcome",
        "AnswerValue": "portfolio.enums.AnswerValue",
        "EnquiryKind": "portfolio.enums.EnquiryKind",
        "EnquiryState": "portfolio.enums.EnquiryState",
        "NeedKind": "portfolio.enums.NeedKind",
        "NeedEnd": "portfolio.enums.NeedEnd",
        "AskKind": "portfolio.enums.AskKind",
        "AskState": "portfolio.enums.AskState",
        "YesNo": "portfolio.enums.YesNo",
        "Function": "accounts.enums.Function",
        "SelfAssessmentState": "maturity.enums.AssessmentState",
        # As it was called before another origin came beside it.
        "OriginEnum": "portfolio.enums.Origin",
        "RatingOrigin": "maturity.enums.Origin",
        "RatingAnswer": "maturity.api.assess.ANSWERS",
        "SiteKind": "maturity.enums.SiteKind",
    },
}

# -- logs -----------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "hubapp.logs.formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "axes": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
    },
}
