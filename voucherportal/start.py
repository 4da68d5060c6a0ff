"""What is checked where serving starts, not for management commands: is this the right database?"""


def check_database() -> None:
    """ImproperlyConfigured when the database is a demo's and DEMO is off, or our login owns it.

    Call it after setup().
    """
    from django.db import connection

    from history.database_roles import refuse_power
    from history.portal_mark import refuse_demo_without_switch

    refuse_power()
    refuse_demo_without_switch()
    connection.close()  # whoever forks after this must not share it
