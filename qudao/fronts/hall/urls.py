"""Addresses of a hall; the web hall and the mobile hall have one set each."""

from django.urls import path

from qudao.fronts.hall.views import app, dialogue, history, home, password, signing_in

app_name = "hall"

urlpatterns = [
    path("", home.home, name="home"),
    path("search/", home.search, name="search"),
    path("line/", home.line, name="line"),
    path("me/", home.me, name="me"),
    path("me/password/", password.begin, name="password"),
    path("me/password/set/", password.choose, name="password_set"),
    path("sign-in/", signing_in.begin, name="sign_in"),
    path("sign-in/send/", signing_in.send, name="sign_in_send"),
    path("sign-in/code/", signing_in.code, name="sign_in_code"),
    path("sign-in/password/", signing_in.password, name="sign_in_password"),
    path("sign-out/", signing_in.leave, name="sign_out"),
    path("do/<slug:item>/", dialogue.offer, name="offer"),
    path("begin/", dialogue.begin, name="begin"),
    path("resume/", dialogue.resume, name="resume"),
    path("d/<uuid:dialogue>/", dialogue.dialogue, name="dialogue"),
    path("d/<uuid:dialogue>/again/", dialogue.again, name="again"),
    path("orders/", history.orders, name="orders"),
    path("orders/<uuid:order>/", history.order, name="order"),
    path("orders/<uuid:order>/receipt.pdf", history.receipt, name="receipt"),
    path("payments/", history.payments, name="payments"),
    path("offline/", app.offline, name="offline"),
    path("manifest.webmanifest", app.manifest, name="manifest"),
    path("sw.js", app.worker, name="worker"),
    path("<path:rest>", home.nowhere),
]
