"""Follows README.md as a newcomer would, and compares what it prints with what is answered.

    python3 tests/readme.py ACCESS_REVIEW     the binary of the local stack

Ids, times and cursors differ from run to run; all else has to be the same.
"""

import re
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).parents[1]
BINARY = Path(sys.argv.pop()).resolve()
PATIENCE = 60
"""Seconds for what happens "a moment later", and for the start."""
END = "end of the block"
CHANGING = [
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
    (r'"endCursor":"[^"]*"', '"endCursor":"CURSOR"'),
]


def settled(text):
    """The text without what changes from run to run, and without empty lines."""
    for changing, word in CHANGING:
        text = re.sub(changing, word, text)
    return [line for line in text.splitlines() if line.strip()]


class Terminal:
    """A shell in an empty folder, beside a stack that was started there."""

    def __init__(self, folder):
        self.stack = subprocess.Popen([BINARY, "--port", "0"], cwd=folder, stdout=subprocess.PIPE, text=True)
        self.address = next(line.split()[-1] for line in self.stack.stdout if line.startswith("listening on "))
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        self.shell = subprocess.Popen(["bash"], cwd=folder, text=True, **pipes)

    def run(self, block):
        self.shell.stdin.write(f"{block}\necho '{END}'\n")
        self.shell.stdin.flush()
        return "".join(iter(self.shell.stdout.readline, f"{END}\n"))

    def close(self):
        for process in (self.shell, self.stack):
            process.terminate()
            process.communicate()


class Readme(unittest.TestCase):
    def test_the_first_review_goes_as_printed(self):
        text = (ROOT / "README.md").read_text()
        chapters = text[text.index("## A first review") : text.index("## Test")]
        blocks = re.findall(r"```sh\n(.*?)```\n(?:\n```json\n(.*?)```)?", chapters, re.DOTALL)
        self.assertGreater(sum(bool(printed) for _, printed in blocks), 5)
        with tempfile.TemporaryDirectory() as folder:
            terminal = Terminal(folder)
            try:
                for block, printed in blocks:
                    self.follow(terminal, block.replace("http://127.0.0.1:8080", terminal.address), printed)
            finally:
                terminal.close()

    def follow(self, terminal, block, printed):
        answered, deadline = terminal.run(block), time.monotonic() + PATIENCE
        self.assertNotIn('"error"', answered)
        expected = settled(printed)
        # What is only looked at may come a moment later.
        looks = " -d " not in block and "POST" not in block
        while looks and not self.ends(answered, expected) and time.monotonic() < deadline:
            time.sleep(0.2)
            answered = terminal.run(block)
        self.assertEqual(settled(answered)[-len(expected) :] if expected else [], expected)

    def ends(self, answered, expected):
        """Whether the last lines are these."""
        return not expected or settled(answered)[-len(expected) :] == expected


if __name__ == "__main__":
    unittest.main()
