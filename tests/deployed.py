"""What a deployed stack does without being asked: schedules, dead letters, events on the bus, permissions, logs.

Runs beside the stack that infra/emulator/with_stack.sh deploys, after the black-box suite, whose traces it reads.
"""

import json
import os
import sys
import time
import unittest
import urllib.request
import uuid
from pathlib import Path

import boto3

sys.path.append(str(Path(__file__).parent.parent / "infra" / "emulator"))
from logs import lines  # noqa: E402

STACK = os.environ["REVIEW_STACK"]
TOKENS = json.loads(Path(os.environ["REVIEW_TOKENS"]).read_text())
PATIENCE = 150
"""Seconds until something that happens by itself must have happened; the schedule ticks every 60."""


def output(name):
    """An output of the stack."""
    stack = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}[name]


def call(method, path, body=None):
    """The JSON that an administrator is answered."""
    headers = {"authorization": f"Bearer {TOKENS['administrator']}", "content-type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(os.environ["REVIEW_BASE_URL"] + path, data, headers, method=method)
    with urllib.request.urlopen(request) as response:
        return json.loads(response.read() or "null")


def until(ask):
    """The first answer that is not empty."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if answer := ask():
            return answer
        time.sleep(0.5)
    raise AssertionError(f"nothing within {PATIENCE} seconds")


def receive(queue):
    """The next message of a queue, which is taken off it."""
    sqs = boto3.client("sqs")
    received = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=2, AttributeNames=["All"]).get("Messages", [])
    for message in received:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return received


class Deployed(unittest.TestCase):
    def test_the_schedule_fires_by_itself(self):
        until(lambda: [line for line in lines(STACK) if line.get("message") == "swept"])

    def test_a_message_that_always_fails_ends_among_the_dead_letters(self):
        sqs, body = boto3.client("sqs"), f"no message of any version {uuid.uuid4()}"
        queue = output("IngestQueueUrl")
        visibility = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["VisibilityTimeout"])["Attributes"]
        # A failed message comes again when it becomes visible: after half an hour, if nothing were said.
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})
        try:
            sqs.send_message(QueueUrl=queue, MessageBody=body)
            dead = until(lambda: [letter for letter in receive(output("IngestDeadLettersUrl")) if letter["Body"] == body])
        finally:
            sqs.set_queue_attributes(QueueUrl=queue, Attributes=visibility)
        spans = [line["span"] for line in lines(STACK) if line.get("message") == "failed and comes again"]
        tries = [span["received"] for span in spans if span["message_id"] == dead[0]["MessageId"]]
        self.assertEqual(sorted(tries), [1, 2, 3, 4, 5])

    def test_no_function_was_refused_anything(self):
        refused = [line for line in lines(STACK) if "AccessDenied" in json.dumps(line) or "not authorized" in json.dumps(line)]
        self.assertEqual(refused, [])

    def test_no_log_line_holds_a_token_or_an_address(self):
        logged = "\n".join(json.dumps(line) for line in lines(STACK))
        self.assertIn('"answered"', logged)
        for secret in [*TOKENS.values(), "Bearer ", "corp.example"]:
            self.assertNotIn(secret, logged)


if __name__ == "__main__":
    unittest.main()
