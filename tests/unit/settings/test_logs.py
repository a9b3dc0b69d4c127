"""What is logged, where, and that a log never stops work."""

import io
import logging
import resource
import threading
from pathlib import Path

import pytest

from convirt_core.logs import RotatingFile, about, logging_to

logger = logging.getLogger("convirt.test")


def test_the_file_holds_what_is_as_bad_as_its_level(tmp_path: Path) -> None:
    file = tmp_path / "logs" / "convirt.log"
    with logging_to(file, level="warning"):
        logger.info("all is well")
        logger.warning("all is not well")
    text = file.read_text()
    assert "all is not well" in text
    assert "all is well" not in text


def test_a_run_that_logs_nothing_makes_no_file(tmp_path: Path) -> None:
    with logging_to(tmp_path / "convirt.log"):
        logger.debug("a detail")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("verbosity", "shown"), [(0, []), (1, ["info"]), (2, ["debug", "info"])])
def test_v_shows_what_goes_on_and_vv_its_details(tmp_path: Path, verbosity: int, shown: list[str]) -> None:
    stream = io.StringIO()
    with logging_to(tmp_path / "convirt.log", verbosity=verbosity, stream=stream):
        logger.debug("debug")
        logger.info("info")
    assert [line.rpartition(" ")[2] for line in stream.getvalue().splitlines()] == shown


def test_server_and_task_are_fields_of_each_line(tmp_path: Path) -> None:
    file = tmp_path / "convirt.log"
    with logging_to(file), about(task="ab12"):
        with about(server="host1"):
            logger.info("both")
        logger.info("one")
        thread = threading.Thread(target=logger.info, args=("none",))
        thread.start()
        thread.join()
    both, one, none = file.read_text().splitlines()
    assert both.endswith("server=host1 task=ab12: both")
    assert one.endswith("] task=ab12: one")
    assert none.endswith("]: none")


def test_nothing_is_written_after_the_block(tmp_path: Path) -> None:
    file = tmp_path / "convirt.log"
    with logging_to(file):
        logger.info("inside")
    logger.warning("outside")
    assert "outside" not in file.read_text()


def test_a_full_log_is_put_aside_and_only_so_many_are_kept(tmp_path: Path) -> None:
    handler = RotatingFile(tmp_path / "log", limit_bytes=10, kept=2)
    for number in range(5):
        handler.emit(logging.makeLogRecord({"msg": f"number {number} is long"}))
    handler.close()
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {
        "log": "number 4 is long\n",
        "log.1": "number 3 is long\n",
        "log.2": "number 2 is long\n",
    }


def test_a_log_put_aside_by_another_process_is_not_put_aside_again(tmp_path: Path) -> None:
    ours, theirs = (RotatingFile(tmp_path / "log", limit_bytes=10) for _ in range(2))
    for handler, text in ((ours, "ours, the first"), (theirs, "theirs, the first"), (theirs, "theirs"), (ours, "ours")):
        handler.emit(logging.makeLogRecord({"msg": text}))
    ours.close()
    theirs.close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["log", "log.1"]
    assert "ours\n" in (tmp_path / "log").read_text()


def test_a_log_that_cannot_be_written_says_so_once_and_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").write_text("")
    with logging_to(tmp_path / "logs" / "convirt.log"):
        logger.info("one")
        logger.info("two")
    assert capsys.readouterr().err.count("cannot be written") == 1


def test_a_log_that_no_byte_more_fits_into_says_so_once_and_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        with logging_to(tmp_path / "log"):
            logger.info("one")
            logger.info("two")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert capsys.readouterr().err.count(f"{tmp_path / 'log'} cannot be written") == 1
