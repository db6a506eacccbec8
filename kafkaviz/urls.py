from __future__ import annotations

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from apps.classes.urls import scanned
from apps.embeds.oembed import oembed
from apps.lessons import frames
from apps.rooms.statics import script_words
from apps.rooms.urls import programs

handler400 = "apps.rooms.answers.bad_request"
# Programs read no languages; a page has its language in front of its address, for there are no cookies to keep it in.
urlpatterns = [
    path("oembed/", oembed, {"others": [frames.of_page]}, name="oembed"),
    *programs,
    *scanned,
    *i18n_patterns(
        path("jsi18n/", script_words, name="jsi18n"),
        path("embed/lessons/", include("apps.lessons.frameurls")),
        path("embed/", include("apps.embeds.urls")),
        path("lessons/", include("apps.lessons.urls")),
        path("", include("apps.classes.urls")),
        path("", include("apps.rooms.urls")),
        prefix_default_language=False,
    ),
]
