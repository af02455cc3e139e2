"""Prints what the functions of a stack logged: `logs.py STACK [LEVEL...]`, every line or those of these levels."""

import json
import sys

import boto3


def lines(stack):
    """Every line of JSON in the log groups of the stack, decoded; lines of the platform are left out."""
    resources = boto3.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    groups = [
        resource["PhysicalResourceId"]
        for page in resources
        for resource in page["StackResourceSummaries"]
        if resource["ResourceType"] == "AWS::Logs::LogGroup"
    ]
    logs = boto3.client("logs")
    for group in groups:
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group, filterPattern="timestamp"):
            for event in page["events"]:
                if event["message"].startswith("{"):
                    yield json.loads(event["message"])


if __name__ == "__main__":
    stack, *levels = sys.argv[1:]
    for line in lines(stack):
        if not levels or line.get("level") in levels:
            print(json.dumps(line))
