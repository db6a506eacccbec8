from django.urls import path

from apps.lessons import views

app_name = "lessons"
urlpatterns = [
    path("", views.index, name="index"),
    path("<slug:slug>/", views.begin, name="begin"),
    path("<slug:slug>/teach/", views.begin_class, name="begin-class"),
    path("<slug:slug>/<str:code>/teach/", views.teach, name="teach"),
    path("<slug:slug>/<str:code>/", views.play, name="play"),
    path("<slug:slug>/<str:code>/stage/", views.stage, name="stage"),
]
