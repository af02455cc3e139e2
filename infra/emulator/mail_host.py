"""A mail host that keeps what it is sent: `mail_host.py FOLDER`, a Maildir, where the local stack would put mails too.

Prints `listening on PORT` and takes every mail on that port of this machine until it is ended. It speaks as much of SMTP
(RFC 5321) as one who delivers a mail needs, and knows neither logins nor encryption.
"""

import itertools
import os
import socketserver
import sys
from pathlib import Path

LONGEST_LINE = 1000
"""Octets that a line may have."""
NUMBERS = itertools.count()


class Conversation(socketserver.StreamRequestHandler):
    def say(self, code, text):
        self.wfile.write(f"{code} {text}\r\n".encode())

    def heard(self):
        """The next line, without its end; `None` when the other side has gone."""
        line = self.rfile.readline(LONGEST_LINE + 2)
        return line.rstrip(b"\r\n") if line.endswith(b"\n") else None

    def handle(self):
        self.say(220, "ready")
        sender, recipients = None, []
        while (line := self.heard()) is not None:
            words = line.decode("utf-8", "replace").upper()
            if words.startswith(("EHLO", "HELO")):
                self.say(250, "welcome")
            elif words.startswith("MAIL FROM:"):
                sender, recipients = line, []
                self.say(250, "go on")
            elif words.startswith("RCPT TO:") and sender:
                recipients.append(line)
                self.say(250, "go on")
            elif words == "DATA" and recipients:
                self.say(354, "go on, a full stop ends it")
                if not self.take():
                    return
                sender, recipients = None, []
                self.say(250, "taken")
            elif words in ("RSET", "NOOP"):
                self.say(250, "so be it")
            elif words == "QUIT":
                self.say(221, "goodbye")
                return
            else:
                self.say(503, "not now")

    def take(self):
        """Keeps a mail, whole or not at all; whoever reads the folder never sees half a one."""
        lines = []
        while (line := self.heard()) != b".":
            if line is None:
                return False
            lines.append(line.removeprefix(b"."))
        name = f"{os.getpid()}-{next(NUMBERS)}.eml"
        draft = self.server.folder / "tmp" / name
        draft.write_bytes(b"\r\n".join(lines) + b"\r\n")
        draft.rename(self.server.folder / "new" / name)
        return True


class Host(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), Conversation)
        self.folder = folder


def main():
    folder = Path(sys.argv[1])
    for part in ("tmp", "new", "cur"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    with Host(folder) as host:
        print(f"listening on {host.server_address[1]}", flush=True)
        host.serve_forever()


main()
