"""Starts the artefact of a function as Lambda does: `starts.py BOOTSTRAP MOST_BYTES`.

It has to be small enough, which with debug information it would not be, and has to ask for its first request, which it does
when it has read all of its settings and built its clients. Nothing is called but a stand-in for Lambda on this machine.
"""

import http.server
import os
import subprocess
import sys
import threading
from pathlib import Path

PATIENCE = 20
"""Seconds within which it has to be ready."""
SETTINGS = {
    "TABLE_NAME": "table",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_LAMBDA_FUNCTION_NAME": "function",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_LAMBDA_FUNCTION_VERSION": "1",
    "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
    "AWS_LAMBDA_LOG_GROUP_NAME": "group",
}


class Lambda(http.server.BaseHTTPRequestHandler):
    asked = threading.Event()
    ended = threading.Event()

    def do_GET(self):
        if self.path.endswith("/runtime/invocation/next"):
            self.asked.set()
            # There is no request; whoever waits for one is ready.
            self.ended.wait(PATIENCE)

    def do_POST(self):
        print(self.rfile.read(int(self.headers.get("content-length", 0))).decode("utf-8", "replace"))

    def log_message(self, *_):
        pass


def main():
    bootstrap, most = Path(sys.argv[1]).resolve(), int(sys.argv[2])
    size = bootstrap.stat().st_size
    if size > most:
        return f"{bootstrap} has {size} bytes, more than {most}"
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Lambda) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        runtime = {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_address[1]}"}
        function = subprocess.Popen([bootstrap], env=os.environ | SETTINGS | runtime)
        ready = Lambda.asked.wait(PATIENCE)
        function.kill()
        function.wait()
        Lambda.ended.set()
        server.shutdown()
    if not ready:
        return f"{bootstrap} did not ask for a request within {PATIENCE} seconds"
    print(f"{size} bytes, ready for requests")
    return 0


if __name__ == "__main__":
    sys.exit(main())
