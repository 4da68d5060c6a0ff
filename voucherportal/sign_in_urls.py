"""The pages of django-allauth that are used, by name; none other exists (ADR 30).

allauth's own lists hold pages that would be a second writer of people: addresses, sign-up, a first
password. `voucherportal.checks` refuses a page that is not in its list.

Tested in `voucherportal.tests.test_access`.
"""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as spare_codes
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as passkeys
from django.urls import path, re_path

from pages.people.account import change_password

SECOND_STEP = "tweede-stap/"

urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", change_password, name="account_change_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path(SECOND_STEP, mfa.index, name="mfa_index"),
    path(f"{SECOND_STEP}authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path(f"{SECOND_STEP}reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path(f"{SECOND_STEP}totp/activate/", app.activate_totp, name="mfa_activate_totp"),
    path(f"{SECOND_STEP}totp/deactivate/", app.deactivate_totp, name="mfa_deactivate_totp"),
    path(
        f"{SECOND_STEP}recovery-codes/",
        spare_codes.view_recovery_codes,
        name="mfa_view_recovery_codes",
    ),
    path(
        f"{SECOND_STEP}recovery-codes/generate/",
        spare_codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(f"{SECOND_STEP}webauthn/", passkeys.list_webauthn, name="mfa_list_webauthn"),
    path(f"{SECOND_STEP}webauthn/add/", passkeys.add_webauthn, name="mfa_add_webauthn"),
    path(f"{SECOND_STEP}webauthn/login/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path(
        f"{SECOND_STEP}webauthn/reauthenticate/",
        passkeys.reauthenticate_webauthn,
        name="mfa_reauthenticate_webauthn",
    ),
    path(
        f"{SECOND_STEP}webauthn/keys/<int:pk>/remove/",
        passkeys.remove_webauthn,
        name="mfa_remove_webauthn",
    ),
    path(
        f"{SECOND_STEP}webauthn/keys/<int:pk>/edit/",
        passkeys.edit_webauthn,
        name="mfa_edit_webauthn",
    ),
]
