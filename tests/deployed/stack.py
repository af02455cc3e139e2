"""The deployed stack, as whoever operates it sees it: outputs, queues, what functions logged."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "infra" / "emulator"))
from logs import lines  # noqa: E402

NAME = os.environ["REVIEW_STACK"]
PATIENCE = 150
"""Seconds within which happens what happens by itself; the schedule ticks every 60."""
HEARD = "heard"
"""The queue that gets every event of the bus."""


def output(name):
    """An output of the stack."""
    stack = boto3.client("cloudformation").describe_stacks(StackName=NAME)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}[name]


def call(role, method, path, body=None):
    """What the API answers to the holder of a role's key; a refusal is an error."""
    token = json.loads(Path(os.environ["REVIEW_TOKENS"]).read_text())[role]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(os.environ["REVIEW_BASE_URL"] + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or "null")
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{method} {path}: {error.code} {error.read()}") from None


SHELL_BLOCK = r"^```sh\n(.*?)^```"


def operations():
    """What docs/operations.md tells an operator."""
    return (ROOT / "docs" / "operations.md").read_text()


def names():
    """The shell block of docs/operations.md that all others begin with, for the stack that is tested."""
    block = re.search(SHELL_BLOCK, operations(), re.MULTILINE | re.DOTALL)[1]
    mine, found = re.subn(r"^STACK=\S+", f"STACK={NAME}", block, flags=re.MULTILINE)
    assert found == 1, block
    return mine


def blocks(heading):
    """The shell blocks of a chapter of docs/operations.md."""
    chapter = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", operations(), re.MULTILINE | re.DOTALL)
    return re.findall(SHELL_BLOCK, chapter[1], re.MULTILINE | re.DOTALL)


def shell(*scripts):
    """What shell blocks print; one that fails is an error."""
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", "\n".join(scripts)], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return done.stdout


def logged():
    """What the functions have logged so far, line by line."""
    return list(lines(NAME))


def until(ask):
    """The first answer that is not empty."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if answer := ask():
            return answer
        time.sleep(0.5)
    raise AssertionError(f"nothing within {PATIENCE} seconds")


def receive(queue, wait=2):
    """The next messages of a queue, which are taken off it; none after `wait` seconds without any."""
    sqs = boto3.client("sqs")
    answer = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=wait, MaxNumberOfMessages=10)
    for message in answer.get("Messages", []):
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return answer.get("Messages", [])
