"""What a deployed stack does without being asked: schedules, dead letters, events on its bus, permissions, logs.

Runs after the black-box suite, whose traces it reads.
"""

import json
import os
import unittest
import urllib.request
import uuid
from pathlib import Path

import boto3
from jsonschema import Draft202012Validator
from stack import HEARD, ROOT, blocks, call, logged, names, output, receive, shell, until


class Damaged:
    """An organisation of one account that loses its stored nodes, and gets them back at the end."""

    def __init__(self):
        self.word = f"damaged-{uuid.uuid4().hex[:8]}"
        self.table = boto3.resource("dynamodb").Table(output("TableName"))
        self.lost = []

    def __enter__(self):
        account = {"id": f"{self.word}-lena", "account_name": "lena", "application_id": self.word}
        picture = {"name": self.word, "applications": [{"id": self.word, "name": "Vault"}], "accounts": [account]}
        call("administrator", "PUT", f"/api/v1/inventory/datasources/{self.word}", picture)
        return self

    def lose(self):
        start, found = {}, []
        while start is not None:
            page = self.table.scan(**start)
            found += [item for item in page["Items"] if item["pk"].startswith(f"SOURCE#{self.word}#")]
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]} if "LastEvaluatedKey" in page else None
        self.lost = [item for item in found if item["sk"].startswith("NODES")]
        for item in self.lost:
            self.table.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})

    def __exit__(self, *_):
        for item in self.lost:
            self.table.put_item(Item=item)
        call("administrator", "DELETE", f"/api/v1/inventory/datasources/{self.word}")


class Illegible:
    """An upload whose record cannot be read until it is mended."""

    def __init__(self):
        self.source = f"/api/v1/inventory/datasources/illegible-{uuid.uuid4().hex[:8]}"
        opened = call("administrator", "POST", f"{self.source}/uploads", {})
        self.path, self.address = f"/api/v1/inventory/uploads/{opened['upload_id']}", opened["url"]
        self.table = boto3.resource("dynamodb").Table(output("TableName"))
        self.key = {"pk": f"UPLOAD#{opened['upload_id']}", "sk": "META"}
        self.record = self.stored()
        self.mended = False

    def __enter__(self):
        self.table.put_item(Item=self.record | {"d": "no record of any version"})
        return self

    def fill(self):
        application = {"id": self.path, "name": "Vault"}
        body = json.dumps({"name": "Vault", "applications": [application]}).encode()
        with urllib.request.urlopen(urllib.request.Request(self.address, body, method="PUT")):
            pass

    def stored(self):
        """The record as it is; who asks the API for an upload has it begun."""
        return self.table.get_item(Key=self.key, ConsistentRead=True)["Item"]

    def mend(self):
        self.table.put_item(Item=self.record)
        self.mended = True

    def __exit__(self, *_):
        # What has been worked on since stays as it is.
        if not self.mended:
            self.mend()


def credentials(name):
    """The tokens in the file that a variable names."""
    return json.loads(Path(os.environ[name]).read_text()).values()


def waiting(queue):
    """How many messages of a queue nobody has taken off it."""
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = boto3.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=counts)["Attributes"]
    return sum(int(answer[count]) for count in counts)


class Background(unittest.TestCase):
    def test_the_schedule_fires_by_itself(self):
        until(lambda: [line for line in logged() if line.get("message") == "swept"])

    def test_a_message_that_always_fails_ends_among_the_dead_letters(self):
        sqs, body = boto3.client("sqs"), f"no message of any version {uuid.uuid4()}"
        queue, dead_letters = output("IngestQueueUrl"), output("IngestDeadLettersUrl")
        # The queue would hide it for half an hour after each try, if the worker said nothing. It waits for 1, 4, 16 and 64
        # seconds, as the stack was deployed.
        sqs.send_message(QueueUrl=queue, MessageBody=body)
        dead = until(lambda: [letter for letter in receive(dead_letters) if letter["Body"] == body])
        spans = [line["span"] for line in logged() if line.get("message") == "failed and comes again"]
        tries = [span["received"] for span in spans if span["message_id"] == dead[0]["MessageId"]]
        self.assertEqual(sorted(tries), [1, 2, 3, 4, 5])

    def test_dead_letters_are_sent_back_as_the_documentation_says_and_their_work_is_done(self):
        dead_letters = output("IngestDeadLettersUrl")
        look, move, by_hand = (block.replace("Materialise", "Ingest") for block in blocks("Dead letters"))
        with Illegible() as upload:
            upload.fill()
            until(lambda: waiting(dead_letters))
            upload.mend()
            read = look.splitlines()[0]
            self.assertIn("uploads/", shell(names(), read))
            self.assertEqual(upload.stored(), upload.record)
            try:
                shell(names(), move)
            except AssertionError as error:
                # The emulator lacks the call; AWS has it.
                self.assertIn("StartMessageMoveTask", str(error))
                shell(names(), by_hand)
            until(lambda: '"completed"' in upload.stored()["d"])
            self.assertEqual(call("administrator", "GET", upload.path)["status"], "completed")
            self.assertEqual(waiting(dead_letters), 0)
        call("administrator", "DELETE", upload.source)

    def test_a_review_over_a_damaged_inventory_fails_and_says_so(self):
        with Damaged() as damaged:
            times = {"start_date": "2026-01-01T00:00:00Z", "end_date": "2099-01-01T00:00:00Z"}
            plan = {"name": damaged.word, "scope": {"applications": [damaged.word]}, **times}
            campaign = f"/api/v1/campaigns/{call('administrator', 'POST', '/api/v1/campaigns', plan)['id']}"
            sides = {
                f"{side}_node_types": {"nodes": [{"node_type": kind}], "nodes_operator": "AND"}
                for side, kind in [("source", "Account"), ("destination", "Role")]
            }
            workflow = {"name": damaged.word, "description": "", "notes": "", "query": sides}
            workflow = call("operator", "POST", "/api/preview/awf/workflows", workflow)["workflow_id"]
            damaged.lose()
            self.assertTrue(damaged.lost)
            call("administrator", "POST", f"{campaign}/start")
            until(lambda: call("administrator", "GET", campaign)["start_state"] == "failed")
            order = {"workflow_id": workflow, "name": damaged.word, "due_date": "2099-01-01T00:00:00Z"}
            order["reviewer_assignment"] = {"users_manager": True}
            made = call("operator", "POST", "/api/preview/awf/certifications", order)["certification_id"]
            until(lambda: call("operator", "GET", f"/api/preview/awf/certifications/{made}")["value"]["error_reason"])

    def test_every_event_reaches_a_rule_on_the_bus_and_follows_its_schema(self):
        schemas = {}
        for path in (ROOT / "docs" / "events").glob("*.schema.json"):
            schema = json.loads(path.read_text())
            schemas[schema["title"]] = Draft202012Validator(schema)
        queue, heard = boto3.client("sqs").get_queue_url(QueueName=HEARD)["QueueUrl"], []

        def all_types():
            while messages := receive(queue):
                heard.extend(json.loads(message["Body"]) for message in messages)
            return {event["detail-type"] for event in heard} >= set(schemas)

        until(all_types)
        for event in heard:
            self.assertEqual((event["source"], event["detail"]["type"]), ("access-review", event["detail-type"]))
            schemas[event["detail-type"]].validate(event["detail"])
            self.assertNotIn("corp.example", json.dumps(event))

    def test_no_function_was_refused_anything(self):
        denied = ("AccessDenied", "not authorized to perform")
        refused = [line for line in logged() if any(word in json.dumps(line) for word in denied)]
        self.assertEqual(refused, [])

    def test_no_log_line_holds_a_token_or_anything_of_persons(self):
        log = "\n".join(json.dumps(line) for line in logged())
        self.assertIn('"answered"', log)
        tokens = [token for name in ("REVIEW_TOKENS", "REVIEW_JWTS") for token in credentials(name)]
        # What the black-box suite calls people and things, what its reviewers note, and what its receivers know.
        said = ["corp.example", "Person 0", "Payroll", "Head of clerks", "as asked", "Needs it", "still on the team", "No closers"]
        for secret in [*tokens, "Bearer ", "whsec_", "eyJ", *said]:
            found = next((line for line in log.splitlines() if secret in line), None)
            self.assertIsNone(found, secret)


if __name__ == "__main__":
    unittest.main()
