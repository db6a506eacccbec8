from django.urls import path

from apps.classes import after, asides, panel, views

app_name = "class"
urlpatterns = [
    path("teach/", views.begin, name="begin"),
    path("teach/<str:code>/", views.host, name="host"),
    path("teach/<str:code>/stage/", views.stage, name="stage"),
    path("teach/<str:code>/class/", panel.view, name="panel"),
    path("teach/<str:code>/people/", asides.people, name="people"),
    path("teach/<str:code>/link/", asides.link, name="link"),
    path("teach/<str:code>/notes/", asides.notes, name="notes"),
    path("teach/<str:code>/after/", after.view, name="after"),
    path("teach/<str:code>/table/", after.table, name="table"),
    path("j/", views.door, name="door"),
    path("j/<str:code>/", views.phone, name="phone"),
    path("j/<str:code>/me/", views.enter, name="enter"),
]
# Where a QR code points: in capitals it has larger modules, and a language's part of an address may not be in them.
scanned = [path("J/<str:code>/", views.phone, name="scanned")]
