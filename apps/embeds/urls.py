from django.urls import path

from apps.embeds import views

app_name = "embed"
urlpatterns = [
    path("t/<str:name>/", views.trace, name="trace"),
    path("<slug:slug>/", views.poster, name="poster"),
    path("<slug:slug>/live/", views.live, name="live"),
    path("<path:rest>/", views.unknown),
]
