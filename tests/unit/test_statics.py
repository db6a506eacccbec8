"""Addresses of static files, what a browser may keep of them and for how long, and what is fetched ahead."""

from __future__ import annotations

import functools
import gzip
import re

import brotli
import pytest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template import Context, Template
from django.templatetags.static import static
from django.test import RequestFactory
from django.utils.translation import override
from pytest_django import Settings

from apps.rooms import statics
from apps.rooms.compression import takes
from apps.rooms.modules import closure

SCRIPT = "js/room/playback.js"
FOR_GOOD = "public, max-age=31536000, immutable"


def asked(path: str, method: str = "GET", **headers: str) -> HttpResponseBase:
    """What is not a static file goes on to the pages, which have none at such addresses."""
    serve = statics.StaticFiles(lambda request: HttpResponse(status=404))
    return serve(RequestFactory().generic(method, path, headers=headers))


def text_of(path: str, **headers: str) -> bytes:
    answer = asked(path, **headers)
    assert isinstance(answer, HttpResponse)
    return answer.content


def test_an_address_tells_what_is_in_the_files_and_may_be_kept_for_good() -> None:
    address = static(SCRIPT)
    assert re.fullmatch(rf"/static/[0-9a-f]{{12}}/{SCRIPT}", address)
    answer = asked(address)
    assert (answer.status_code, answer["Cache-Control"]) == (200, FOR_GOOD)
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"


def test_another_file_or_other_words_make_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """The words that scripts say are fetched by version, too."""
    of_version = statics._kept_version.__wrapped__
    before = of_version()
    assert before == of_version() == statics.version()
    with monkeypatch.context() as patch:
        patch.setattr(statics, "_kept", lambda: {"a.js": statics.StaticFile("a.js", b"1")})
        of_one = of_version()
        patch.setattr(statics, "_kept", lambda: {"a.js": statics.StaticFile("a.js", b"2")})
        assert len({before, of_one, of_version()}) == 3
    monkeypatch.setattr(statics, "_catalogs", lambda folder: [])
    assert of_version() != before


@pytest.mark.parametrize(("version", "kept"), [("", "public, max-age=600"), ("0" * 12 + "/", "no-cache")])
def test_without_our_version_it_is_there_and_soon_asked_for_anew(version: str, kept: str) -> None:
    """Somebody else's page names embed.js, and a page may be open while we are upgraded."""
    answer = asked(f"/static/{version}js/embed/embed.js")
    assert (answer.status_code, answer["Cache-Control"]) == (200, kept)


def test_while_kafkaviz_is_worked_on_files_are_read_anew(settings: Settings) -> None:
    settings.DEBUG = True
    assert static(SCRIPT) == f"/static/{SCRIPT}"
    assert asked(static(SCRIPT))["Cache-Control"] == "no-cache"
    assert statics.files()[SCRIPT] is not statics.files()[SCRIPT]


def test_who_has_it_is_sent_nothing() -> None:
    address = static("js/embed/embed.js")
    first = asked(address)
    again = asked(address, If_None_Match=first["ETag"])
    assert (again.status_code, again["ETag"], again["Cache-Control"]) == (304, first["ETag"], FOR_GOOD)
    assert asked(address, If_None_Match='"other"').status_code == 200


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip, br;q=0", "gzip"),
        ("gzip;q=0.5", "gzip"),
        ("gzip;q=0.0, deflate", ""),
        ("brr", ""),
        ("", ""),
    ],
)
def test_it_is_compressed_as_whoever_asks_takes_it(accepted: str, encoding: str) -> None:
    answer = asked(static(SCRIPT), Accept_Encoding=accepted)
    assert isinstance(answer, HttpResponse)
    assert answer.get("Content-Encoding", "") == encoding
    assert answer["Vary"] == "Accept-Encoding"
    assert int(answer["Content-Length"]) == len(answer.content)
    plain = text_of(static(SCRIPT))
    unpacked = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}[encoding](answer.content)
    assert unpacked == plain
    assert not encoding or len(answer.content) < len(plain) / 2


def test_it_is_compressed_once() -> None:
    file = statics.files()[SCRIPT]
    assert file.body is file.body
    assert (file.body.br, file.body.gzip) == (file.body.br, file.body.gzip)
    assert file.body.br is file.body.br


def test_scripts_are_sent_without_their_comments_and_those_of_others_as_they_are() -> None:
    assert b"/**" not in text_of(static(SCRIPT))
    others = "django_htmx/htmx-2.min.js"
    assert text_of(static(others)) == statics.files()[others].content


def test_a_picture_is_sent_as_it_is() -> None:
    answer = asked(static("cards/food-order-600.png"), Accept_Encoding="br, gzip")
    assert (answer["Content-Type"], answer.get("Content-Encoding")) == ("image/png", None)


@pytest.mark.parametrize(
    "path",
    [
        "/static/../kafkaviz/settings.py",
        "/static/..%2fkafkaviz/settings.py",
        "/static/%2e%2e/manage.py",
        "/static//etc/passwd",
        "/static/js/room/playback.js/",
        "/static/js/room/playback.js%00.css",
        "/static/js/room/",
        "/static/000000000000/",
        "/static/000000000000/000000000000/js/room/playback.js",
        "/static/",
        "/js/room/playback.js",
        "/static",
    ],
)
def test_what_is_not_among_them_is_not_there(path: str) -> None:
    assert asked(path).status_code == 404


def test_it_is_only_read() -> None:
    assert asked(static(SCRIPT), "POST").status_code == 405
    assert asked(static(SCRIPT), "HEAD").status_code == 200


def test_a_page_without_an_origin_may_have_it() -> None:
    assert asked(static(SCRIPT))["Access-Control-Allow-Origin"] == "*"


def test_what_a_module_imports_is_found_however_it_is_written() -> None:
    scripts = {
        "js/a.js": 'import { b,\n  c } from "./room/b.js";\nimport "../js/side.js";\nconst x = "./no.js";\n',
        "js/room/b.js": '/** @type {import("./t.js").T} */\nexport { d } from "../d.js";\n'
        'import * as a from "../a.js";\n',
        "js/d.js": 'export const later = () => import("./late.js");\nexport const path = "./no.js";\n',
        "js/side.js": "",
    }
    assert closure("js/a.js", scripts.__getitem__) == ["js/d.js", "js/room/b.js", "js/side.js"]
    assert closure("js/room/b.js", scripts.__getitem__) == ["js/a.js", "js/d.js", "js/side.js"]
    assert closure("js/side.js", scripts.__getitem__) == []


def test_a_page_s_modules_are_linked_once_each_before_the_script() -> None:
    source = "{% load scripts %}{% module 'js/embed/poster.js' %}{% module 'js/embed/poster.js' %}"
    page = Template(source).render(Context())
    linked = re.findall(r'<link rel="modulepreload" href="([^"]+)">', page)
    assert linked == [static(name) for name in statics.modules("js/embed/poster.js")]
    script = f'<script type="module" src="{static("js/embed/poster.js")}"></script>'
    assert page.endswith(script * 2)


def test_words_of_scripts_are_kept_as_the_scripts_are(settings: Settings) -> None:
    ask = functools.partial(RequestFactory().get, "/jsi18n/")
    version = statics.version()
    assert Template("{% load scripts %}{% script_words %}").render(Context()) == f"/jsi18n/?v={version}"
    for asked_for, kept in ((version, FOR_GOOD), ("other", "no-cache"), ("", "public, max-age=600")):
        answer = statics.script_words(ask({"v": asked_for}, headers={"Accept-Encoding": "br"}))
        assert isinstance(answer, HttpResponse)
        assert (answer.status_code, answer["Cache-Control"], answer["Content-Encoding"]) == (200, kept, "br")
        assert b"gettext" in brotli.decompress(answer.content)
    settings.DEBUG = True
    assert Template("{% load scripts %}{% script_words %}").render(Context()) == "/jsi18n/"


def test_each_language_has_words_of_its_own() -> None:
    found = []
    for language in ("en", "hi"):
        with override(language):
            answer = statics.script_words(RequestFactory().get("/jsi18n/"))
        assert isinstance(answer, HttpResponse)
        found.append(answer.content.decode())
    devanagari = "\\u09"
    assert [devanagari in one for one in found] == [False, True]


def test_a_quality_of_nought_is_a_no() -> None:
    def asks(accepted: str) -> HttpRequest:
        return RequestFactory().get("/", headers={"Accept-Encoding": accepted})

    assert takes(asks("gzip;q=1"), "gzip")
    assert not takes(asks("gzip; q=0 , br"), "gzip")
    assert takes(asks("gzip;q=0, br"), "br")
