"""What every test can ask for."""

pytest_plugins = ["voucherportal.pytest_servers"]
