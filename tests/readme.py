"""Follows README.md as a newcomer would, and compares what it prints with what is answered.

    python3 tests/readme.py ACCESS_REVIEW     the binary of the local stack
    python3 tests/readme.py --deployed        what is said of a deployed stack, beside one

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
SUBJECT = sys.argv.pop()
IS_DEPLOYED = SUBJECT == "--deployed"
PATIENCE = 60
"""Seconds for what happens "a moment later", and for the start."""
END = "end of the block"
CHANGING = [
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
    (r'"endCursor":"[^"]*"', '"endCursor":"CURSOR"'),
    (r'"milliseconds": \d+', '"milliseconds": FEW'),
]


def settled(text):
    """The text without what changes from run to run, and without empty lines."""
    for changing, word in CHANGING:
        text = re.sub(changing, word, text)
    return [line for line in text.splitlines() if line.strip()]


def blocks(start, end):
    """The commands between two headings of README.md, each with what it prints."""
    text = (ROOT / "README.md").read_text()
    chapters = text[text.index(start) : text.index(end)]
    return re.findall(r"```sh\n(.*?)```\n(?:\n```json\n(.*?)```)?", chapters, re.DOTALL)


class Terminal:
    """A shell in a folder."""

    def __init__(self, folder):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        self.shell = subprocess.Popen(["bash"], cwd=folder, text=True, **pipes)

    def run(self, block):
        self.shell.stdin.write(f"{block}\necho '{END}'\n")
        self.shell.stdin.flush()
        return "".join(iter(self.shell.stdout.readline, f"{END}\n"))

    def close(self):
        self.shell.terminate()
        self.shell.communicate()


class Readme(unittest.TestCase):
    @unittest.skipIf(IS_DEPLOYED, "a local stack")
    def test_the_first_review_goes_as_printed(self):
        reviewed = blocks("## A first review", "## Test")
        self.assertGreater(sum(bool(printed) for _, printed in reviewed), 5)
        with tempfile.TemporaryDirectory() as folder:
            binary = Path(SUBJECT).resolve()
            stack = subprocess.Popen([binary, "--port", "0"], cwd=folder, stdout=subprocess.PIPE, text=True)
            terminal = Terminal(folder)
            try:
                address = next(line.split()[-1] for line in stack.stdout if line.startswith("listening on "))
                for block, printed in reviewed:
                    self.follow(terminal, block.replace("http://127.0.0.1:8080", address), printed)
            finally:
                terminal.close()
                stack.terminate()
                stack.communicate()

    @unittest.skipUnless(IS_DEPLOYED, "a deployed stack")
    def test_a_review_of_a_deployed_stack_goes_as_printed(self):
        # The first command opens the shell in which this runs.
        _, *reviewed = blocks("### Deployed, without an AWS account", "## Where things are")
        self.assertGreater(sum(bool(printed) for _, printed in reviewed), 4)
        terminal = Terminal(ROOT)
        try:
            for block, printed in reviewed:
                self.follow(terminal, block, printed)
        finally:
            terminal.close()
            (ROOT / "pairs.txt").unlink(missing_ok=True)

    def follow(self, terminal, block, printed):
        answered, deadline = terminal.run(block), time.monotonic() + PATIENCE
        expected = settled(printed)
        # What is only looked at may come a moment later.
        looks = " -d " not in block and "POST" not in block
        while looks and not self.ends(answered, expected) and time.monotonic() < deadline:
            time.sleep(0.2)
            answered = terminal.run(block)
        if '"error"' not in printed:
            self.assertNotIn('"error"', answered)
        self.assertEqual(settled(answered)[-len(expected) :] if expected else [], expected)

    def ends(self, answered, expected):
        """Whether the last lines are these."""
        return not expected or settled(answered)[-len(expected) :] == expected


if __name__ == "__main__":
    unittest.main()
