"""Addresses of the pages about organisations and people."""

from django.urls import path

from schools import demo_mail

urlpatterns = [
    path("oefening/mails/", demo_mail.demo_mail, name="demo_mail"),
]
