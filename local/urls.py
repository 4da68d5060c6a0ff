"""Addresses of the pages that only a demo has, under oefening/."""

from django.urls import path

from local.demo_figures import demo_figures
from local.demo_mail import demo_mail
from local.demo_phone import demo_phone

urlpatterns = [
    path("cijfers/", demo_figures, name="demo_figures"),
    path("telefoon/", demo_phone, name="demo_phone"),
    path("mails/", demo_mail, name="demo_mail"),
]
