from django.urls import path, re_path

from apps.rooms import api, traceviews, views

urlpatterns = [
    path("", views.home, name="home"),
    path("play/<slug:slug>/", views.play, name="play"),
    path("r/<str:code>/", views.room_page, name="room"),
    path("r/<str:code>/stage/", views.stage, name="stage"),
    path("r/<str:code>/crowd/", views.crowd, name="crowd"),
    path("r/<str:code>/members/", views.members, name="members"),
    path("r/<str:code>/traces/", traceviews.save, name="save-trace"),
    path("t/open/", traceviews.open_file, name="open-trace"),
    path("t/<str:name>/", traceviews.page, name="trace"),
    path("t/<str:name>/trace.ndjson", traceviews.download, name="trace-file"),
    path("api/rooms/", api.create, name="api-rooms"),
    path("api/rooms/<str:code>/", api.detail, name="api-room"),
    path("api/rooms/<str:code>/projections/<str:group>/<path:key>/", api.projection, name="api-projection"),
    path(
        "api/rooms/<str:code>/records/<str:topic>/<int:partition>/<int:offset>/",
        api.record,
        name="api-record",
    ),
    re_path("^api/", api.unknown),
    path("healthz", api.healthz, name="healthz"),
]
