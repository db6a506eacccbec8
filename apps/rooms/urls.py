from django.urls import path, re_path

from apps.rooms import api, controlapi, laneviews, panels, traceviews, views
from apps.rooms.metrics import metrics

urlpatterns = [
    path("", views.home, name="home"),
    path("play/<slug:slug>/", views.play, name="play"),
    path("r/<str:code>/", views.room_page, name="room"),
    path("r/<str:code>/stage/", views.stage, name="stage"),
    path("r/<str:code>/lanes/", laneviews.page, name="lanes"),
    path("r/<str:code>/crowd/", panels.crowd, name="crowd"),
    path("r/<str:code>/members/", panels.members, name="members"),
    path("r/<str:code>/group/", panels.group, name="group"),
    path("r/<str:code>/bookmark/", panels.bookmark, name="bookmark"),
    path("r/<str:code>/producer/", panels.producer, name="producer"),
    path("r/<str:code>/broker/", panels.broker, name="broker"),
    path("r/<str:code>/letters/", panels.letters, name="letters"),
    path("r/<str:code>/lab/", panels.lab_steps, name="lab"),
    path("r/<str:code>/traces/", traceviews.save, name="save-trace"),
    path("t/open/", traceviews.open_file, name="open-trace"),
    path("t/<str:name>/", traceviews.page, name="trace"),
    path("t/<str:name>/trace.ndjson", traceviews.download, name="trace-file"),
]
programs = [
    path("api/rooms/", api.create, name="api-rooms"),
    path("api/rooms/<str:code>/", api.detail, name="api-room"),
    path("api/rooms/<str:code>/controls/", controlapi.use, name="api-controls"),
    path("api/rooms/<str:code>/ledger/", controlapi.ledger, name="api-ledger"),
    path("api/rooms/<str:code>/projections/<str:group>/<path:key>/", api.projection, name="api-projection"),
    path(
        "api/rooms/<str:code>/records/<str:topic>/<int:partition>/<int:offset>/",
        api.record,
        name="api-record",
    ),
    path("api/rooms/<str:code>/lanes/", laneviews.told, name="api-lanes"),
    re_path("^api/", api.unknown),
    path("metrics", metrics, name="metrics"),
    path("healthz", api.healthz, name="healthz"),
]
