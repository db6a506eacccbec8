from django.urls import path

from apps.lessons import frames

app_name = "embed-lessons"
urlpatterns = [
    path("<slug:slug>/", frames.poster, name="poster"),
    path("<slug:slug>/live/", frames.live, name="live"),
]
