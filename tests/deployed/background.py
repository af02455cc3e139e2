"""What a deployed stack does without being asked: schedules, dead letters, events on its bus, permissions, logs.

Runs after the black-box suite, whose traces it reads.
"""

import json
import os
import unittest
import uuid
from pathlib import Path

import boto3
from jsonschema import Draft202012Validator
from stack import HEARD, ROOT, logged, output, receive, until

NEVER_HAPPENS = {"campaign.failed", "certification.failed"}
"""Events that nothing in the black-box suite brings about: a review fails only after its worker has five times."""


class Background(unittest.TestCase):
    def test_the_schedule_fires_by_itself(self):
        until(lambda: [line for line in logged() if line.get("message") == "swept"])

    def test_a_message_that_always_fails_ends_among_the_dead_letters(self):
        sqs, body = boto3.client("sqs"), f"no message of any version {uuid.uuid4()}"
        queue, dead_letters = output("IngestQueueUrl"), output("IngestDeadLettersUrl")
        attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["VisibilityTimeout"])["Attributes"]
        # A failed message comes again when it becomes visible: after half an hour, if nothing were said.
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})
        try:
            sqs.send_message(QueueUrl=queue, MessageBody=body)
            dead = until(lambda: [letter for letter in receive(dead_letters) if letter["Body"] == body])
        finally:
            sqs.set_queue_attributes(QueueUrl=queue, Attributes=attributes)
        spans = [line["span"] for line in logged() if line.get("message") == "failed and comes again"]
        tries = [span["received"] for span in spans if span["message_id"] == dead[0]["MessageId"]]
        self.assertEqual(sorted(tries), [1, 2, 3, 4, 5])

    def test_every_event_reaches_a_rule_on_the_bus_and_follows_its_schema(self):
        schemas = {}
        for path in (ROOT / "docs" / "events").glob("*.schema.json"):
            schema = json.loads(path.read_text())
            schemas[schema["title"]] = Draft202012Validator(schema)
        queue, heard = boto3.client("sqs").get_queue_url(QueueName=HEARD)["QueueUrl"], []

        def all_types():
            while messages := receive(queue):
                heard.extend(json.loads(message["Body"]) for message in messages)
            return {event["detail-type"] for event in heard} >= set(schemas) - NEVER_HAPPENS

        until(all_types)
        for event in heard:
            self.assertEqual((event["source"], event["detail"]["type"]), ("access-review", event["detail-type"]))
            schemas[event["detail-type"]].validate(event["detail"])
            self.assertNotIn("corp.example", json.dumps(event))

    def test_no_function_was_refused_anything(self):
        denied = ("AccessDenied", "not authorized to perform")
        refused = [line for line in logged() if any(word in json.dumps(line) for word in denied)]
        self.assertEqual(refused, [])

    def test_no_log_line_holds_a_token_or_an_address(self):
        log = "\n".join(json.dumps(line) for line in logged())
        self.assertIn('"answered"', log)
        tokens = json.loads(Path(os.environ["REVIEW_TOKENS"]).read_text())
        for secret in [*tokens.values(), "Bearer ", "corp.example"]:
            self.assertNotIn(secret, log)


if __name__ == "__main__":
    unittest.main()
