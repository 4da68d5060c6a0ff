"""Settings, one file: from the environment, or a clone's `.local/env`; bad values are refused."""

import sys
import zlib
from typing import Any
from urllib.parse import urlsplit

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.contrib.messages import constants as message_levels

from common import sockets
from voucherportal import addresses, environment, process

PROCESS = process.this_process(sys.argv)
env = environment.Environment.of_this_clone(PROCESS)

BASE_DIR = environment.BASE_DIR
LOCAL_DIR = environment.local_dir()
VERSION = "0.1"

# What this installation is.

DEBUG = env.value("DEBUG", environment.flag, default=False)
DEMO = env.value("DEMO", environment.flag, default=False)
TESTING = "PYTEST_VERSION" in env.values  # set by pytest itself, inherited by what tests start
PUBLIC_URL = env.value("PUBLIC_URL", environment.origin, default="", required=True)
HTTPS = PUBLIC_URL.startswith("https://")
if PUBLIC_URL and not (HTTPS or DEMO or DEBUG):
    env.wrong.append("PUBLIC_URL is not https, which only DEMO or DEBUG allow")
# How many proxies stand between a visitor and the web server: what each address may try is counted
# by what they say (accounts/addresses.py). A wrong number makes all visitors one.
TRUSTED_PROXIES = env.value(
    "TRUSTED_PROXIES", environment.number_of_proxies, default=0, required=not (DEMO or DEBUG)
)

# Secrets: each process has its own (ADR 39).

_needed = process.NEEDED[PROCESS]
SECRET_KEY = env.value(
    "SECRET_KEY", environment.secret, default="", required="SECRET_KEY" in _needed
)
HOLDS_SECRET_KEY = bool(SECRET_KEY)  # Django refuses to say that there is none
# Earlier ones: they still open sessions and second factors made with them.
SECRET_KEY_FALLBACKS: list[str] = env.value(
    "SECRET_KEY_FALLBACKS", environment.former_secrets, default=[]
)
VOUCHER_KEYS: dict[str, bytes] = env.value(
    "VOUCHER_KEYS", environment.keys, default={}, required="VOUCHER_KEYS" in _needed
)
FINGERPRINT_KEYS: dict[str, bytes] = env.value(
    "FINGERPRINT_KEYS", environment.keys, default={}, required="FINGERPRINT_KEYS" in _needed
)
SEAL_KEYS: dict[str, bytes] = env.value(
    "SEAL_KEYS", environment.keys, default={}, required="SEAL_KEYS" in _needed
)

# Servers. Settings only compute addresses: manage.py, the supervisor and pytest start the embedded
# ones.

DATABASE_URL = env.values.get("DATABASE_URL", "")
DATABASE_OWNER_URL = env.values.get("DATABASE_OWNER_URL", "")
REDIS_URL = env.values.get("REDIS_URL", "")
EMBEDDED_ROOT = ""
_connection_options = {}
TEST_DATABASE_NAME = env.value(
    "TEST_DATABASE_NAME", environment.database_name, default="test_voucherportal"
)
if not (DATABASE_URL and REDIS_URL):
    EMBEDDED_ROOT = env.value("EMBEDDED_ROOT", environment.folder, default="")
if EMBEDDED_ROOT:
    # Tests never share a queue or a cache with the demo, nor with tests on another database, nor
    # with the process that runs the other half of them (pytest-xdist names it gw0, gw1, …).
    part = int(env.values.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    own_pair = 1 + (zlib.crc32(TEST_DATABASE_NAME.encode()) + part) % (sockets.REDIS_PAIRS - 1)
    pair = own_pair if TESTING else 0
    if not DATABASE_URL:
        DATABASE_URL = sockets.database_url(EMBEDDED_ROOT)
        if PROCESS == process.Process.COMMAND:
            DATABASE_OWNER_URL = sockets.database_url(EMBEDDED_ROOT, role=sockets.OWNER)
        _connection_options = {"passfile": sockets.password_file(EMBEDDED_ROOT)}
    REDIS_URL = REDIS_URL or sockets.redis_url(EMBEDDED_ROOT, number=2 * pair)
if not DATABASE_URL:
    env.missing.append("DATABASE_URL (or EMBEDDED_ROOT)")
if not REDIS_URL:
    env.missing.append("REDIS_URL (or EMBEDDED_ROOT)")

env.values = {
    **env.values,
    "DATABASE_URL": DATABASE_URL,
    "DATABASE_OWNER_URL": DATABASE_OWNER_URL,
    "REDIS_URL": REDIS_URL,
}
_no_database: dict[str, Any] = {}
# What a demo holds is fictitious, wherever its servers are.
_practice = DEMO or DEBUG
_database = addresses.database if _practice else addresses.verified_database
_default = env.value("DATABASE_URL", _database, default=_no_database)
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **_default,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**_connection_options, **_default.get("OPTIONS", {})},
        "TEST": {"NAME": TEST_DATABASE_NAME},
    }
}
# Owns the tables: for `migrate` alone (`history.database_roles`), so web and workers do without.
DATABASE_OWNER = env.value("DATABASE_OWNER_URL", _database, default=_no_database)
if DATABASE_OWNER:
    DATABASE_OWNER["OPTIONS"] = {**_connection_options, **DATABASE_OWNER["OPTIONS"]}
    if DATABASE_OWNER["NAME"] != DATABASES["default"].get("NAME"):
        env.wrong.append("DATABASE_OWNER_URL names another database than DATABASE_URL")
    if DATABASE_OWNER["USER"] == DATABASES["default"].get("USER"):
        env.wrong.append("DATABASE_OWNER_URL is the login of DATABASE_URL: the portal owns nothing")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# A statement of a page that takes longer is cancelled: set in wsgi.py, since files, waves and
# commands may take as long as they need.
WEB_STATEMENT_SECONDS = 20

_redis = addresses.redis_client_url if _practice else addresses.guarded_redis_url
REDIS_URL = env.value("REDIS_URL", _redis, default="")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        # Not the queue's database: clearing a cache empties its database.
        "LOCATION": addresses.redis_database_url(REDIS_URL, step=1),
        # Whoever can write to Redis must not be able to run anything here.
        "OPTIONS": {"serializer": "common.json_cache.JsonSerializer"},
        "VERSION": 2,  # what pickles of before may have left is never read
    }
}

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_TIMEOUT = 15
_email = env.value(
    "EMAIL_URL",
    addresses.email if _practice else addresses.private_email,
    default=addresses.email("smtp://localhost"),
    required="SECRET_KEY" in _needed,  # who has none sends no mail
)
EMAIL_HOST, EMAIL_PORT = _email["EMAIL_HOST"], _email["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_USER"], _email["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = _email["EMAIL_USE_TLS"], _email["EMAIL_USE_SSL"]
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.value("DEFAULT_FROM_EMAIL", str, default="", required=True)
SUPPORT_EMAIL = env.value("SUPPORT_EMAIL", str, default="", required=True)

# Who may call us and how.

_own_hosts = [urlsplit(PUBLIC_URL).hostname or "", *(["localhost"] if DEMO else [])]
ALLOWED_HOSTS = env.value("ALLOWED_HOSTS", environment.words, default=_own_hosts)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
# Over https a browser then takes them from this very host only, with https and for all its pages.
_cookie = "__Host-{}" if HTTPS else "{}"
SESSION_COOKIE_NAME = _cookie.format("sessionid")
CSRF_COOKIE_NAME = _cookie.format("csrftoken")
LANGUAGE_COOKIE_NAME = _cookie.format("django_language")
# Sessions (accounts/session_store.py). The cookie goes with the browser, whatever the way in.
SESSION_ENGINE = "accounts.session_store"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = 12 * 3600  # at most, however busy
SESSION_IDLE = 3600  # after the last page
SESSION_OF_NOBODY = 15 * 60  # on the way to signing in
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Sign-on of the Flemish government (ACM/IDM); off unless all of it is set (ADR 34).

ACM_ISSUER = env.value("ACM_ISSUER", environment.issuer, default="")
ACM_CLIENT_ID = env.value("ACM_CLIENT_ID", str, default="")
ACM_CLIENT_SECRET = env.value("ACM_CLIENT_SECRET", str, default="")
# Asking for one that was not granted makes each sign-on fail.
ACM_SCOPES = env.value("ACM_SCOPES", str.split, default=["openid", "profile", "vo"])
# The name in the claim `<application>_rol_3d`, and what its roles are called here, the highest
# first: somebody with several gets the first.
ACM_APPLICATION = env.value("ACM_APPLICATION", str, default="")
_no_roles: dict[str, str] = {}
ACM_ROLES = env.value("ACM_ROLES", environment.pairs, default=_no_roles)
# The OVO numbers whose people are those of the ministry.
_no_numbers: list[str] = []
ACM_MINISTRY = env.value("ACM_MINISTRY", environment.words, default=_no_numbers)
env.all_or_none(
    "ACM_ISSUER", "ACM_CLIENT_ID", "ACM_CLIENT_SECRET", "ACM_APPLICATION", "ACM_ROLES",
    "ACM_MINISTRY",
)  # fmt: skip
ACM_ON = bool(ACM_ISSUER)
if ACM_ON and not (ACM_ISSUER.startswith("https://") or DEMO or DEBUG):
    env.wrong.append("ACM_ISSUER is not https, which only DEMO or DEBUG allow")

env.refuse_if_incomplete()

# How long codes, references, texts and files are kept after the last valid day of a wave's codes.

ERASE_AFTER_MONTHS = 6
# Name and address of somebody who is blocked, or works for nobody, go this long after they were
# last here (ADR 37).
FORGET_AFTER_MONTHS = 24

# Its parts.

OUR_APPS = [
    "voucherportal",
    "common",
    "history",
    "schools",
    "accounts",
    "vouchers",
    "reports",
    # Sample data and the pages of a demo; production does not have them.
    *(["local"] if DEMO or TESTING else []),
]
INSTALLED_APPS = [
    *OUR_APPS,
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "bootstrap",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "common.no_nul.NoNulMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "common.kept_nowhere.KeptNowhereMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.language.LanguageMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "history.recording.HistoryMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.second_factor.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.sessions.EndedSessionMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "voucherportal.urls"
WSGI_APPLICATION = "voucherportal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "voucherportal.context.portal",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
MESSAGE_TAGS = {message_levels.ERROR: "danger", message_levels.DEBUG: "secondary"}

STATIC_URL = "/static/"
STATIC_ROOT = LOCAL_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = TESTING or DEBUG

# Language and time.

LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", "Nederlands"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Brussels"

# Accounts.

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.OwnAddressBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.passwords.UnlikeThePerson"},
    {
        "NAME": "accounts.passwords.LongEnough",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "accounts.passwords.ShortEnough"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "reset_password": "pages.people.account_forms.ForgottenPasswordForm",
    "reset_password_from_key": "pages.people.account_forms.ChoosePasswordForm",
    "change_password": "pages.people.account_forms.OtherPasswordForm",
}
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "accounts.links.LinkTokens"
PASSWORD_RESET_TIMEOUT = 7 * 24 * 3600  # of an invitation; a forgotten password: accounts/links.py
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
# Unknown addresses: the response on screen is the same, and no mail is sent.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# An address is verified by the invitation that was sent to it.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ACCOUNT_SESSION_REMEMBER = False
SOCIALACCOUNT_ADAPTER = "accounts.acm.adapter.SignOnAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_AUTO_SIGNUP = False

# How often something may be tried, by one address (ip), for one account or another key (ADR 33 says
# why these). `accounts.attempts` adds the wrong passwords.

ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
ACCOUNT_RATE_LIMITS = {
    # Signing in, right or wrong: a school behind one address, and what our processors can hash.
    "login": "120/m/ip",
    # Wrong passwords: for one account from one address; for one account from anywhere; from one
    # address for all accounts together.
    "wrong_here": "5/5m/key,20/d/key",
    "wrong_anywhere": "100/d/key",
    "wrong_from_address": "30/5m/ip,150/h/ip",
    # Wrong codes of a second factor, by who knows the password (allauth's name for it).
    "login_failed": "5/5m/key,50/d/key",
    # Questions of a browser that wants to use a passkey: each begins a session.
    "passkey_options": "30/m/ip",
    # Three mails an hour to one address.
    "reset_password": "20/m/ip,3/h/key",
    "reset_password_from_key": "60/m/ip",
    # Setting out for the government; codes mailed to one address, and for one person there.
    "sign_on": "120/m/ip",
    "sign_on_code": "5/h/key",
}
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}

# The second factor. `User.needs_second_factor` says which roles need one.

MFA_ADAPTER = "accounts.second_factor.MFAAdapter"
MFA_FORMS = {
    "authenticate": "pages.people.second_factor_forms.SecondStepForm",
    "authenticate_webauthn": "pages.people.second_factor_forms.PasskeyForm",
    "reauthenticate": "pages.people.second_factor_forms.SecondStepAgainForm",
    "reauthenticate_webauthn": "pages.people.second_factor_forms.PasskeyAgainForm",
    "login_webauthn": "pages.people.second_factor_forms.PasskeyAloneForm",
    "activate_totp": "pages.people.second_factor_forms.NewAppForm",
    "add_webauthn": "pages.people.second_factor_forms.NewPasskeyForm",
    "edit_webauthn": "pages.people.second_factor_forms.PasskeyNameForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Internetvouchers"
# One half minute earlier or later also works; each once, and none from before the last one used
# (accounts/app_codes.py).
MFA_TOTP_TOLERANCE = 1
# Whoever changes a second factor must have signed in, or confirmed, this recently (seconds).
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60
# Codes become visible only this long after somebody signed in or confirmed who they are (seconds).
FRESH_SIGN_IN = 3600

# Uploads: in memory only, since a file may hold codes; refused above 20 MB before they are read.

FILE_UPLOAD_HANDLERS = ["common.uploads.MemoryOnlyUploadHandler"]
UPLOAD_MAX_BYTES = 20 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

# Jobs. No result backend: what a job did is in its row.

CELERY_BROKER_URL = addresses.celery_broker_url(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
# The one process that holds SEAL_KEYS: celery -A voucherportal worker -Q seal.
CELERY_TASK_ROUTES = {
    name: {"queue": process.SEAL_QUEUE}
    for name in ("history.seal_history", "history.verify_history")
}
CELERY_BEAT_SCHEDULE_FILENAME = str(LOCAL_DIR / "beat")
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    # A round that comes too late says nothing that the next one does not.
    "pick up lost jobs": {
        "task": "vouchers.pick_up_lost_jobs",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "send mails that wait": {
        "task": "vouchers.send_mails",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "send mails about accounts that wait": {
        "task": "accounts.send_mails",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    # Every hour of the day in which people read mail; the next round makes up for a missed one.
    "write reminders": {
        "task": "vouchers.write_reminders",
        "schedule": crontab(minute="0", hour="8-17"),
        "options": {"expires": 3000},
    },
    # Covers everything since the last round that finished, so a late round misses nothing.
    "watch reveals": {
        "task": "vouchers.watch_reveals",
        "schedule": 600.0,
        "options": {"expires": 590},
    },
    "seal history": {
        "task": "history.seal_history",
        "schedule": 300.0,
        "options": {"expires": 290},
    },
    "verify history": {
        "task": "history.verify_history",
        "schedule": crontab(minute="30", hour="4"),
        "options": {"expires": 3 * 3600},
    },
    "watch sealing": {
        "task": "vouchers.watch_sealing",
        "schedule": 600.0,
        "options": {"expires": 590},
    },
    "reclaim unseen codes": {
        "task": "vouchers.reclaim_unseen",
        "schedule": crontab(minute="20", hour="8-17", day_of_week="mon-fri"),
        "options": {"expires": 3000},
    },
    "clear sessions": {
        "task": "voucherportal.clear_sessions",
        "schedule": 3600.0,
        "options": {"expires": 3500},
    },
}

# Above these numbers the ministry is alerted, or more is refused (ADR 21 and ADR 37 say why these).
# Those about one person count per organisation, and over all organisations together.

WATCH_LIMITS = {
    "times": 5,  # one code, by anybody
    "people": 3,  # one code
    "days": 3,  # one code, by one person …
    "codes_of_days": 10,  # … and so many codes
    "codes_at_night": 20,  # by one person, between 23 and 5 o'clock
    "codes_of_newcomer": 20,  # on somebody's first day for an organisation …
    "days_of_newcomer": 30,  # … or on all first days of so many days together
    "codes_of_leaver": 20,  # by somebody who is no longer there …
    "days_of_leaver": 7,  # … in so many days before
    # By somebody let in by the ministry where others were at work: each code is one too many …
    "codes_of_admitted": 0,
    "days_of_admitted": 30,  # … in so many days
    "organisations": 10,  # given to one person, more than most boards have schools …
    "days_of_organisations": 30,  # … in so many days
    "invitations_an_hour": 10,  # of different people, by one person
    "unknown_codes": 10,  # looked up by one person in a day, those of lists included
    "look_ups_an_hour": 30,  # by one person, unknown codes of lists included; more is refused
    "unknown_percent": 5,  # of the codes of a list; a list with more is refused without a number
    "names_of_address": 10,  # tried in vain from one address in an hour
    "failures_of_account": 30,  # wrong passwords and codes of one account in a day
    "minutes_unsealed": 60,  # of the oldest event that no seal covers
}

# How the ministry and coordinators let people in (ADR 36).
ADMISSION_LIMITS = {
    "organisations": 10,  # in one invitation
    "invitations_an_hour": 20,  # by one person; more is refused
    "invitations_of_one": 3,  # to one person in a day
    "days_off": 30,  # who let a coordinator in, leaves that organisation to a colleague for so long
}

# Logging: to standard output, never what somebody typed or uploaded.

DEFAULT_EXCEPTION_REPORTER_FILTER = "common.redaction.NothingTypedFilter"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "common.redaction.LineFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {
        "stdout": {
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stdout",
            "formatter": "line",
        }
    },
    "root": {"handlers": ["stdout"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "celery.beat": {"level": "WARNING"},  # the worker says what it did
    },
}
