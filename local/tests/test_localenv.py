"""The file of random keys that `make env` writes: complete, private, never overwritten."""

from pathlib import Path

from local import localenv
from voucherportal.environment import keys, read_file
from voucherportal.tests.test_environment import manage


def test_the_written_file_is_complete_private_and_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "new" / "env"
    assert localenv.write(path) is True
    first = path.read_text()
    assert localenv.write(path) is False
    assert path.read_text() == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["env"]
    assert manage("check", local=path.parent).returncode == 0


def test_a_file_of_before_there_were_seals_gets_a_key_for_them_once(tmp_path: Path) -> None:
    path = tmp_path / "env"
    localenv.write(path)
    whole = path.read_text().splitlines(keepends=True)
    old = "".join(line for line in whole if not line.startswith("SEAL_KEYS="))
    path.write_text(old)
    for _attempt in range(2):
        assert localenv.write(path) is False
    text = path.read_text()
    assert text.startswith(old)
    assert keys(text.removeprefix(f"{old}SEAL_KEYS=").strip()).keys() == {"local1"}


def test_two_written_files_share_no_secret(tmp_path: Path) -> None:
    for name in ("one", "two"):
        localenv.write(tmp_path / name / "env")
    one, two = (read_file(tmp_path / name / "env") for name in ("one", "two"))
    for name in ("SECRET_KEY", "VOUCHER_KEYS", "FINGERPRINT_KEYS", "SEAL_KEYS"):
        assert one[name] != two[name]
    assert keys(one["VOUCHER_KEYS"]).keys() == {"local1"}
