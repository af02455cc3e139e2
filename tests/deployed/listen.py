"""Subscribes a queue to everything that the bus of the stack tells, as a consumer of the product's events would."""

import json

import boto3
from stack import HEARD, output

bus = output("EventBusName")
sqs, events = boto3.client("sqs"), boto3.client("events")
queue = sqs.create_queue(QueueName=HEARD)["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
pattern = json.dumps({"source": ["access-review"]})
rule = events.put_rule(Name=HEARD, EventBusName=bus, EventPattern=pattern)["RuleArn"]
statement = {
    "Effect": "Allow",
    "Principal": {"Service": "events.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": arn,
    "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
}
policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
failed = events.put_targets(Rule=HEARD, EventBusName=bus, Targets=[{"Id": HEARD, "Arn": arn}])["FailedEntries"]
if failed:
    raise SystemExit(f"the bus does not tell the queue: {failed}")
