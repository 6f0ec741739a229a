"""The embedded broker under several writers and readers."""

import multiprocessing
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection


def connect(folder: Path):
    for name in ("messages", "processed", "control"):
        (folder / name).mkdir(exist_ok=True)
    return Connection(
        "filesystem://localhost",
        transport="hubapp.broker:Transport",
        transport_options={
            "data_folder_in": str(folder / "messages"),
            "data_folder_out": str(folder / "messages"),
            "processed_folder": str(folder / "processed"),
            "control_folder": str(folder / "control"),
        },
    )


def put_many(folder: Path, writer: int, count: int) -> None:
    channel = connect(folder).channel()
    for number in range(count):
        channel._put("celery", {"body": f"{writer}-{number}", "filler": "x" * 2_000_000})


def bind(folder: Path, number: int) -> None:
    connect(folder).channel()._queue_bind("mail", f"key{number}", "", f"queue{number}")


def test_a_reader_never_meets_half_a_message(tmp_path):
    with connect(tmp_path) as connection:
        channel = connection.channel()
        fork = multiprocessing.get_context("fork")
        writers = [fork.Process(target=put_many, args=(tmp_path, each, 25)) for each in (1, 2)]
        for writer in writers:
            writer.start()
        read = []
        while any(writer.is_alive() for writer in writers) or channel._size("celery"):
            try:
                read.append(channel._get("celery")["body"])
            except Empty:
                continue
        for writer in writers:
            writer.join()
    assert sorted(read) == sorted(f"{each}-{number}" for each in (1, 2) for number in range(25))
    assert not list((tmp_path / "processed").iterdir())


def test_a_file_that_cannot_be_read_is_set_aside_and_the_next_message_arrives(tmp_path):
    with connect(tmp_path) as connection:
        channel = connection.channel()
        (tmp_path / "messages" / "0_left-by-a-power-cut.celery.msg").touch()
        channel._put("celery", {"body": "next"})
        assert channel._get("celery") == {"body": "next"}
        with pytest.raises(Empty):
            channel._get("celery")
    assert [each.name for each in (tmp_path / "processed").iterdir()] == [
        "0_left-by-a-power-cut.celery.msg"
    ]


def test_processes_that_bind_at_once_all_stand_in_the_table(tmp_path):
    fork = multiprocessing.get_context("fork")
    with connect(tmp_path) as connection:
        binders = [fork.Process(target=bind, args=(tmp_path, each)) for each in range(12)]
        for binder in binders:
            binder.start()
        for binder in binders:
            binder.join()
        table = connection.channel().get_table("mail")
    assert sorted(row.queue for row in table) == sorted(f"queue{each}" for each in range(12))


def test_the_embedded_settings_use_it(settings):
    if settings.CELERY_BROKER_URL.startswith("filesystem"):
        from hubapp.celery import app

        assert app.connection_for_write().transport_cls == "hubapp.broker:Transport"
