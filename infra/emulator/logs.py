"""Prints what the functions of a stack logged: `logs.py STACK [LEVEL...]`, every line or those of these levels."""

import json
import sys

import boto3

AT_ONCE = 10_000
"""The most events that one question is answered with."""


def lines(stack):
    """Every line of JSON in the log groups of the stack, decoded; lines of the platform are left out."""
    resources = boto3.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    groups = [
        resource["PhysicalResourceId"]
        for page in resources
        for resource in page["StackResourceSummaries"]
        if resource["ResourceType"] == "AWS::Logs::LogGroup"
    ]
    for group in groups:
        for event in events(group):
            if event["message"].startswith("{"):
                yield json.loads(event["message"])


def events(group):
    """Every event of a log group with a line of JSON in it, in the order of time."""
    pages = boto3.client("logs").get_paginator("filter_log_events")
    since, seen = 0, set()
    while True:
        asked = pages.paginate(logGroupName=group, filterPattern="timestamp", startTime=since)
        found = [event for page in asked for event in page["events"]]
        fresh = [event for event in found if name(event) not in seen]
        yield from fresh
        # The emulator answers the first 10,000 alone and names no further page: the rest is asked for by its time.
        if len(found) < AT_ONCE or not fresh:
            return
        since = found[-1]["timestamp"]
        seen = {name(event) for event in found if event["timestamp"] == since}


def name(event):
    return event["timestamp"], event["logStreamName"], event["message"]


if __name__ == "__main__":
    stack, *levels = sys.argv[1:]
    for line in lines(stack):
        if not levels or line.get("level") in levels:
            print(json.dumps(line))
