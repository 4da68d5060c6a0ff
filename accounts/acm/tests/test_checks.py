from pytest_django import Settings

from accounts.acm.checks import roles_are_ours


def test_only_our_roles_and_not_that_of_a_provider(settings: Settings) -> None:
    settings.ACM_ROLES = {"A": "coordinator", "B": "officer", "C": "administrator"}
    assert roles_are_ours(None) == []
    settings.ACM_ROLES = {"A": "provider", "B": "baas", "C": "officer"}
    found = [str(error.msg) for error in roles_are_ours(None)]
    assert [message.split("'")[1] for message in found] == ["baas", "provider"]
