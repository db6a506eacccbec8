from __future__ import annotations

from django.urls import include, path
from django.views.i18n import JavaScriptCatalog

urlpatterns = [
    path("jsi18n/", JavaScriptCatalog.as_view(), name="jsi18n"),
    path("", include("apps.rooms.urls")),
]
