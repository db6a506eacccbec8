"""Every setting that a host may want to change is read from the environment; the rest is fixed here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kafkaviz.environment import (
    data_dir,
    database,
    envbool,
    envint,
    envlist,
    envnetworks,
    envpath,
    envproxies,
    envsites,
    https_only,
    secret_key,
)
from kafkaviz.kafka import external_kafka
from kafkaviz.logs import Sparing, is_news

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = data_dir(BASE_DIR / "data")
SECRET_KEY = secret_key(DATA_DIR)
DEBUG = envbool("KAFKAVIZ_DEBUG", False)
# `manage.py serve` adds the host that it was told to listen on.
ALLOWED_HOSTS = envlist("KAFKAVIZ_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
# The name or address that `manage.py serve` listens on; another server is thought to listen where it is asked.
LISTENS_ON = "localhost"

# None: every room gets an embedded cluster of its own.
KAFKA = external_kafka()

# Rooms that may exist on it, asleep or not: each has three topics at most, and brokers bear only so many.
KAFKAVIZ_KAFKA_ROOMS = envint("KAFKAVIZ_KAFKA_ROOMS", 500)
KAFKAVIZ_RUNNERS = envint("KAFKAVIZ_RUNNERS", 2)
KAFKAVIZ_ROOMS_PER_RUNNER = envint("KAFKAVIZ_ROOMS_PER_RUNNER", 8)
# Open rooms that one address keeps when all places are taken and somebody else wants one; until then it may have more.
KAFKAVIZ_ROOMS_PER_ADDRESS = envint(
    "KAFKAVIZ_ROOMS_PER_ADDRESS", max(1, KAFKAVIZ_RUNNERS * KAFKAVIZ_ROOMS_PER_RUNNER // 3)
)
KAFKAVIZ_MEMBERS_PER_GROUP = envint("KAFKAVIZ_MEMBERS_PER_GROUP", 6)
KAFKAVIZ_SOCKETS = envint("KAFKAVIZ_SOCKETS", 1000)
KAFKAVIZ_SOCKETS_PER_ROOM = envint("KAFKAVIZ_SOCKETS_PER_ROOM", 300)
KAFKAVIZ_SOCKETS_PER_ADDRESS = envint("KAFKAVIZ_SOCKETS_PER_ADDRESS", 500)  # a school has one
# Open connections, sockets or not: of a browser there may be seven. Those of a trusted proxy are its visitors'.
KAFKAVIZ_CONNECTIONS_PER_ADDRESS = envint("KAFKAVIZ_CONNECTIONS_PER_ADDRESS", 3500)
# Of one address: handshakes of sockets, which are dearer than anything else that can be asked for in one line.
KAFKAVIZ_HANDSHAKES_PER_SECOND = envint("KAFKAVIZ_HANDSHAKES_PER_SECOND", 20)
KAFKAVIZ_HANDSHAKES_BURST = envint("KAFKAVIZ_HANDSHAKES_BURST", 500)
# Of one address: pages and handshakes that are worked on at a time; more of them wait.
KAFKAVIZ_REQUESTS_PER_ADDRESS = envint("KAFKAVIZ_REQUESTS_PER_ADDRESS", 8)
KAFKAVIZ_PEOPLE_PER_CLASS = envint("KAFKAVIZ_PEOPLE_PER_CLASS", 400)
# Whether a host may let people choose what they are called; names are given else.
KAFKAVIZ_OWN_NAMES = envbool("KAFKAVIZ_OWN_NAMES", True)
KAFKAVIZ_SLEEP_AFTER = envint("KAFKAVIZ_SLEEP_AFTER", 300)  # seconds without a viewer
KAFKAVIZ_CROWD_ALONE = envint("KAFKAVIZ_CROWD_ALONE", 15)  # seconds without a viewer, until a crowd goes home
KAFKAVIZ_FORGET_AFTER = envint("KAFKAVIZ_FORGET_AFTER", 86400)  # seconds unused, until a room is deleted
KAFKAVIZ_TRACES = envint("KAFKAVIZ_TRACES", 200)  # saved runs; past it one of whoever has most goes
KAFKAVIZ_TRACES_PER_ROOM = envint("KAFKAVIZ_TRACES_PER_ROOM", 10)
KAFKAVIZ_FORGET_TRACES_AFTER = envint("KAFKAVIZ_FORGET_TRACES_AFTER", 30 * 86400)  # seconds
# Which sites may show /embed/ in a frame, as a policy's frame-ancestors has them; nothing else may be framed at all.
KAFKAVIZ_FRAME_ANCESTORS = envsites("KAFKAVIZ_FRAME_ANCESTORS", "*")
# Blogs put frames they do not know into a sandbox, whose pages have no origin of their own.
KAFKAVIZ_EMBED_SANDBOXED = envbool("KAFKAVIZ_EMBED_SANDBOXED", True)
KAFKAVIZ_TOKEN_AGE = envint("KAFKAVIZ_TOKEN_AGE", 43200)  # seconds
# Of one person in a room, in however many tabs.
KAFKAVIZ_ACTS_PER_SECOND = envint("KAFKAVIZ_ACTS_PER_SECOND", 20)
KAFKAVIZ_ACTS_BURST = envint("KAFKAVIZ_ACTS_BURST", 200)
# Of one phone in a class.
KAFKAVIZ_TAPS_PER_SECOND = envint("KAFKAVIZ_TAPS_PER_SECOND", 10)
KAFKAVIZ_TAPS_BURST = envint("KAFKAVIZ_TAPS_BURST", 40)
# Of all people in a room, or a class, together; a crowd that is called is not among them.
KAFKAVIZ_ROOM_ACTS_PER_SECOND = envint("KAFKAVIZ_ROOM_ACTS_PER_SECOND", 400)
KAFKAVIZ_ROOM_ACTS_BURST = envint("KAFKAVIZ_ROOM_ACTS_BURST", 10000)
# Of one socket.
KAFKAVIZ_MESSAGES_PER_SECOND = envint("KAFKAVIZ_MESSAGES_PER_SECOND", 100)
KAFKAVIZ_MESSAGES_BURST = envint("KAFKAVIZ_MESSAGES_BURST", 500)
# Two lanes: the most hearts a second that may be offered, and how many comparisons this server makes a minute.
KAFKAVIZ_LANES_RATE = envint("KAFKAVIZ_LANES_RATE", 5000)
KAFKAVIZ_LANES_PER_MINUTE = envint("KAFKAVIZ_LANES_PER_MINUTE", 2)
# Addresses and networks, such as 127.0.0.1,10.0.0.0/8, from which /metrics may be read; nobody unless some are named.
KAFKAVIZ_METRICS_FOR = envnetworks("KAFKAVIZ_METRICS_FOR")
# A folder with lessons of a teacher's own (docs/writing-lessons.md).
KAFKAVIZ_LESSONS_DIR = envpath("KAFKAVIZ_LESSONS_DIR")
KAFKAVIZ_MAX_BODY = envint("KAFKAVIZ_MAX_BODY", 65536)  # bytes
DATA_UPLOAD_MAX_MEMORY_SIZE = KAFKAVIZ_MAX_BODY

ROOT_URLCONF = "kafkaviz.urls"
ASGI_APPLICATION = "kafkaviz.asgi.application"

# No sessions, no accounts, no cookies: a signed token in the page says who may do what (docs/protocol.md).
INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "channels",
    "django_htmx",
    "apps.rooms",
    "apps.classes",
    "apps.embeds",
    "apps.lessons",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # Above the policy, which is for pages, and would be most of what a small file weighs.
    "apps.rooms.statics.StaticFiles",
    "django.middleware.gzip.GZipMiddleware",
    "apps.rooms.security.ContentSecurityPolicy",
    "apps.rooms.security.OpenToRead",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.rooms.answers.DatabaseAway",
    "apps.rooms.answers.TooManyGuesses",
]
# Proxies whose X-Forwarded-For, -Host and -Proto are believed (apps/rooms/proxies.py); nobody else's are.
KAFKAVIZ_TRUSTED_PROXIES = envproxies("KAFKAVIZ_TRUSTED_PROXIES")
# Plain http is led to https, and browsers remember that it is not spoken here.
KAFKAVIZ_HTTPS = https_only("KAFKAVIZ_HTTPS", KAFKAVIZ_TRUSTED_PROXIES)
SECURE_SSL_REDIRECT = KAFKAVIZ_HTTPS
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if KAFKAVIZ_HTTPS else 0
SILENCED_SYSTEM_CHECKS = [
    "security.W003",  # no cookie says who somebody is, so nothing can be forged by sending one
    "security.W005",  # other hosts of the domain, and browsers' own lists, are for whoever has the domain
    "security.W021",
]
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# Browsers ignore it on plain http, which is how a classroom reaches us, and complain in the console.
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin" if KAFKAVIZ_HTTPS else None

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]

DATABASES = {"default": database(DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# A room's audience subscribes once and listens for as long as anybody watches. Its subscription must not expire: by its
# clock alone, also after a sleep, the layer would forget it, and with it messages that another room still waits for.
_NEVER = 10**10
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels.layers.InMemoryChannelLayer",
        "CONFIG": {"capacity": 1000, "expiry": _NEVER, "group_expiry": _NEVER},
    }
}

LANGUAGE_CODE = "en"
# The same English in the words of a post office, for who has never heard of Kafka: a language like the others.
PLAIN = "en-plain"
LANGUAGES = [("en", "English"), (PLAIN, "Plain English"), ("hi", "हिन्दी")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_THOUSAND_SEPARATOR = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {"staticfiles": {"BACKEND": "apps.rooms.statics.VersionedStorage"}}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {
        "news": {"()": "django.utils.log.CallbackFilter", "callback": is_news},
        "sparing": {"()": Sparing},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["sparing"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "apps": {"level": "INFO"},
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        # Anybody can cause a 404 or send a foreign Host; that is no news to whoever runs the server.
        "django.request": {"level": "ERROR", "filters": ["news"]},
        "django.security": {"level": "CRITICAL"},
    },
}
