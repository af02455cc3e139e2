"""The deployed stack, as whoever operates it sees it: outputs, queues, what functions logged."""

import os
import sys
import time
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
