"""A mailbox on loopback: a small IMAP server with what reading one needs, and no more."""

import contextlib
import re
import socketserver
import threading
from collections.abc import Iterator


class Mailbox:
    """Mails by number, with their flags; ``log`` keeps the commands, without the password."""

    def __init__(self, mails: list[bytes]):
        self.mails = dict(enumerate(mails, start=1))
        self.flags: dict[int, set[str]] = {number: set() for number in self.mails}
        self.log: list[str] = []
        self.password = "a pass/word@1"
        self.port = 0

    @property
    def url(self) -> str:
        return f"imap://hub%40in.example:a%20pass%2Fword%401@127.0.0.1:{self.port}/INBOX"


class _Handler(socketserver.StreamRequestHandler):
    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        box: Mailbox = self.server.box  # type: ignore[attr-defined]  # the test server's own
        self.say("* OK ready")
        while line := self.rfile.readline().decode().strip():
            tag, _, command = line.partition(" ")
            box.log.append(command.split()[0] if command.startswith("LOGIN") else command)
            word = command.upper()
            if word.startswith("CAPABILITY"):
                self.say("* CAPABILITY IMAP4rev1")
            elif word.startswith("LOGIN"):
                if box.password not in command or "hub@in.example" not in command:
                    self.say(f"{tag} NO wrong password")
                    continue
            elif word.startswith("SELECT"):
                if '"INBOX"' not in command:
                    self.say(f"{tag} NO no such mailbox")
                    continue
                self.say(f"* {len(box.mails)} EXISTS")
            elif word.startswith("UID SEARCH UNSEEN"):
                unseen = [str(n) for n in box.mails if "\\Seen" not in box.flags[n]]
                self.say(f"* SEARCH {' '.join(unseen)}".strip())
            elif found := re.match(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", command):
                self.fetch(box, int(found[1]), int(found[2]))
            elif found := re.match(r"UID STORE (\d+) \+FLAGS\.SILENT \((.*)\)", command):
                box.flags[int(found[1])] |= set(found[2].split())
            elif word == "EXPUNGE":
                for number in [n for n in box.mails if "\\Deleted" in box.flags[n]]:
                    del box.mails[number]
                    self.say("* 1 EXPUNGE")
            elif word == "LOGOUT":
                self.say("* BYE")
                self.say(f"{tag} OK done")
                return
            else:
                self.say(f"{tag} BAD unknown")
                continue
            self.say(f"{tag} OK done")

    def fetch(self, box: Mailbox, number: int, size: int) -> None:
        raw = box.mails[number][:size]
        self.wfile.write(f"* 1 FETCH (UID {number} BODY[]<0> {{{len(raw)}}}\r\n".encode())
        self.wfile.write(raw)
        self.say(")")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextlib.contextmanager
def serving(mails: list[bytes]) -> Iterator[Mailbox]:
    """A server with these mails, on a port of its own, until the block ends."""
    box = Mailbox(mails)
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.box = box  # type: ignore[attr-defined]  # the test server's own
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
