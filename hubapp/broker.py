"""The embedded broker: kombu's folder of messages, with files that appear whole or not at all.

Kombu opens a message under its final name and then writes it, so a worker that
looks in between reads an empty file and ends with an error that it cannot
recover from, and takes the web server down with it. The same holds for the
table of an exchange while two processes start together.
"""

import fcntl
import logging
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

logger = logging.getLogger(__name__)


def _write_whole(path: Path, content: str) -> None:
    """Make ``path`` hold ``content``; nobody sees it half written."""
    # A hidden name of another ending: never taken for a message or a table.
    making = path.with_name(f".{uuid.uuid4().hex}.making")
    try:
        making.write_text(content, encoding="utf-8")
        making.replace(path)
    except OSError as error:
        making.unlink(missing_ok=True)
        raise ChannelError(f"Cannot write {str(path)!r}") from error


class Channel(filesystem.Channel):
    """What is put is seen whole; what cannot be read is set aside, with a line in the log."""

    # Named as in kombu, whose two parents disagree.
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # kombu passes more than its base declares
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        _write_whole(Path(self.data_folder_out, name), dumps(payload))

    def _get(self, queue: str, timeout: Any = None) -> Any:
        for name in sorted(os.listdir(self.data_folder_in)):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = Path(self.processed_folder, name)
            try:
                # Of several workers, one takes it.
                Path(self.data_folder_in, name).rename(taken)
            except FileNotFoundError:
                continue
            try:
                payload = loads(taken.read_text(encoding="utf-8"))
            except ValueError:
                # Left by a full disk or a power cut: kept for whoever looks.
                logger.error("a message cannot be read and was set aside: %s", taken)
                continue
            if not self.store_processed:
                taken.unlink()
            return payload
        raise Empty

    def get_table(self, exchange: str) -> list[Any]:
        return self._table(self._exchange_file(exchange))

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        bound = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        file = self._exchange_file(exchange)
        with self._alone(file):
            table = self._table(file)
            if bound not in table:
                _write_whole(file, dumps([bound, *table]))

    def _delete(
        self, queue: str, exchange: str, routing_key: str, pattern: str, *args: Any, **kwargs: Any
    ) -> None:
        bound = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        # Above kombu's class of files, whose own _delete writes in place.
        super(filesystem.Channel, self)._delete(
            queue, exchange, routing_key, pattern, *args, **kwargs
        )
        file = self._exchange_file(exchange)
        with self._alone(file):
            table = self._table(file)
            if bound in table:
                _write_whole(file, dumps([each for each in table if each != bound]))

    @staticmethod
    def _table(file: Path) -> list[Any]:
        try:
            return [filesystem.exchange_queue_t(*row) for row in loads(file.read_text())]
        except FileNotFoundError:
            return []
        except ValueError:
            # As after a power cut; whoever uses a queue binds it again.
            return []

    @contextmanager
    def _alone(self, file: Path) -> Iterator[None]:
        """One process at a time changes the table of an exchange."""
        self.control_folder.mkdir(parents=True, exist_ok=True)
        with file.with_suffix(".lock").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield


class Transport(filesystem.Transport):
    """``CELERY_BROKER_TRANSPORT`` of an installation without Redis."""

    Channel = Channel
