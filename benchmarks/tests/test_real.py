"""What `make real` says before it starts; only the ministry's own files take it further."""

from pathlib import Path

import pytest
from celery import Celery

from benchmarks import real


def test_without_a_folder_it_says_how_it_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    assert real.main([]) == 2
    assert capsys.readouterr().err == "make real DATA=FOLDER needs the folder itself.\n"


def test_the_queue_that_nobody_reads_falls_back_to_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with Celery(broker=real.QUEUE).connection() as queue:
        assert queue.info()["hostname"] == "nobody"
    assert caplog.messages == []


def test_a_file_that_is_missing_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "schoolregister_2022-06.csv").touch()
    assert real.main([str(tmp_path)]) == 2
    assert capsys.readouterr().err == "make real DATA=FOLDER needs gemeenten_en_ocmw.csv.\n"
