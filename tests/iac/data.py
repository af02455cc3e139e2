"""What keeps data, what an installation chooses, and what it is told of its stack."""

import json
import re

from rules import rule
from stack import ROOT, owner

# Where functions put what they measure.
NAMESPACE = "AccessReview/${AWS::StackName}"

# CloudFormation refuses more than 500; a stack that comes near has to be divided in time.
MOST_RESOURCES = 400


@rule
def the_table_is_encrypted_recoverable_and_cannot_be_dropped_by_mistake(stack):
    tables = stack.of("AWS::DynamoDB::Table")
    if len(tables) != 1:
        yield f"there are {len(tables)} tables"
    throttles = {(metric, about) for _, space, metric, about in stack.alarms() if space == "AWS/DynamoDB"}
    for name, table in tables.items():
        if table.get("SSESpecification", {}).get("SSEEnabled") is not True:
            yield f"{name} is not encrypted by a key of the account"
        if table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled") is not True:
            yield f"{name} cannot be restored to a point in time"
        if table.get("DeletionProtectionEnabled") is not True:
            yield f"{name} can be deleted"
        kept = [stack.resources[name].get(policy) for policy in ("DeletionPolicy", "UpdateReplacePolicy")]
        if kept != ["Retain", "Retain"]:
            yield f"{name} goes when its stack goes"
        if table.get("TimeToLiveSpecification", {}).get("Enabled") is not True:
            yield f"{name} keeps what has expired"
        for metric in ("ReadThrottleEvents", "WriteThrottleEvents"):
            if (metric, name) not in throttles:
                yield f"nobody is told of the {metric} of {name}"


@rule
def buckets_are_private_encrypted_and_emptied(stack):
    policies = {owner(it["Bucket"]): str(it["PolicyDocument"]) for it in stack.of("AWS::S3::BucketPolicy").values()}
    for name, bucket in stack.of("AWS::S3::Bucket").items():
        if not bucket.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration"):
            yield f"{name} is not encrypted"
        blocked = bucket.get("PublicAccessBlockConfiguration", {})
        if len([value for value in blocked.values() if value is True]) != 4:
            yield f"{name} may become public"
        rules = bucket.get("LifecycleConfiguration", {}).get("Rules", [])
        if not any(rule.get("Status") == "Enabled" and rule.get("ExpirationInDays") for rule in rules):
            yield f"{name} is never emptied"
        if "aws:SecureTransport" not in policies.get(name, ""):
            yield f"{name} answers over connections that are not encrypted"


@rule
def the_bus_is_there_for_others_to_listen(stack):
    buses = stack.of("AWS::Events::EventBus")
    shown = {owner(output["Value"]) for output in stack.expanded["Outputs"].values()}
    if len(buses) != 1:
        yield f"there are {len(buses)} buses"
    yield from (f"nobody is told the name of {bus}" for bus in buses if bus not in shown)
    used = {owner(stack.variables(function).get("EVENT_BUS_NAME")) for function in stack.functions()}
    yield from (f"nothing publishes to {bus}" for bus in buses if bus not in used)


@rule
def what_is_left_undone_is_noticed(stack):
    watched = {metric for _, _, metric, _ in stack.alarms()}
    for metric in ["OutboxLeft", "CampaignsLeft", "ReviewsLeft", "ReviewsUnreminded", "LettersLeft"]:
        if metric not in watched:
            yield f"nobody is told of {metric}"


@rule
def nobody_is_locked_out_by_a_parameter(stack):
    parameters, needs = stack.written["Parameters"], json.dumps(stack.written.get("Rules", {}))
    if '"OidcAudience"' not in needs:
        yield "an issuer without an audience is deployed, and no function behind the authorizer is reached any more"
    for name in ["OidcRoleMap", "OidcIssuedAfter"]:
        if "AllowedPattern" not in parameters[name]:
            yield f"{name} may be what the authorizer does not start with"


@rule
def every_parameter_is_read_explained_and_has_a_default(stack):
    references = stack.references()
    for name, parameter in stack.written["Parameters"].items():
        if name not in references:
            yield f"nothing reads {name}"
        if not parameter.get("Description") or "Default" not in parameter:
            yield f"{name} has no description or no default"
    used = set(re.findall(r'"Condition": "(\w+)"|"Fn::If": \["(\w+)"', json.dumps(stack.written["Resources"])))
    used = {name for pair in used for name in pair}
    yield from (f"nothing reads {name}" for name in stack.written.get("Conditions", {}) if name not in used)


@rule
def outputs_name_what_people_need(stack):
    shown = {owner(output["Value"]) for output in stack.expanded["Outputs"].values()}
    needed = ["AWS::SQS::Queue", "AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::ApiGatewayV2::Api"]
    for kind in needed:
        yield from (f"nobody is told where {name} is" for name in stack.of(kind) if name not in shown)


@rule
def the_dashboard_shows_every_function_queue_and_the_table(stack):
    boards = stack.of("AWS::CloudWatch::Dashboard")
    if not boards:
        yield "there is no dashboard"
    for name in boards:
        body, choices = stack.board(name)
        seen = {owner(choice) for word, choice in choices.items() if "${%s}" % word in body}
        try:
            widgets = json.loads(re.sub(r"\$\{[^}]+\}", "x", body))["widgets"]
        except ValueError as error:
            yield f"{name} is not JSON: {error}"
            continue
        places = [(it["x"], it["y"]) for it in widgets]
        if len(places) != len(set(places)):
            yield f"{name} has widgets on top of one another"
        kinds = ("AWS::Lambda::Function", "AWS::SQS::Queue", "AWS::DynamoDB::Table", "AWS::ApiGatewayV2::Api")
        for resource in (resource for kind in kinds for resource in stack.of(kind)):
            if resource not in seen and not re.search(r"\$\{%s[.}]" % resource, body):
                yield f"{name} does not show {resource}"


def shown_measures(stack):
    """Our own measures that the dashboard or an alarm names."""
    yield from (metric for _, space, metric, _ in stack.alarms() if space == {"Fn::Sub": NAMESPACE})
    for board in stack.of("AWS::CloudWatch::Dashboard"):
        widgets = re.sub(r"\$\{(?!AWS::StackName)[^}]+\}", "x", stack.board(board)[0])
        for widget in json.loads(widgets)["widgets"]:
            space = None
            for metric in widget["properties"].get("metrics", []):
                if isinstance(metric[0], dict):
                    yield from re.findall(r'MetricName="(\w+)"', metric[0]["expression"])
                    continue
                space = space if metric[0] == "." else metric[0]
                if space == NAMESPACE:
                    yield metric[1]


@rule
def what_is_shown_is_measured(stack):
    files = [*(ROOT / "shared").glob("*/src/**/*.rs"), *(ROOT / "functions").glob("*/src/**/*.rs")]
    code = "\n".join(file.read_text() for file in files)
    yield from (f"nothing measures {name}" for name in sorted(set(shown_measures(stack))) if f'"{name}"' not in code)
    for function in stack.functions():
        if stack.variables(function).get("METRICS_NAMESPACE") != {"Fn::Sub": NAMESPACE}:
            yield f"{function} measures into another namespace"


@rule
def whatever_costs_money_says_what_it_is_for(stack):
    kinds = ("AWS::Lambda::Function", "AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::Logs::LogGroup")
    for kind in kinds:
        for name, properties in stack.of(kind).items():
            if {"Key": "stage", "Value": {"Ref": "Stage"}} not in properties.get("Tags", []):
                yield f"{name} has no tag that says what it is for"


@rule
def the_stack_is_far_from_the_limits(stack):
    if len(stack.resources) > MOST_RESOURCES:
        yield f"{len(stack.resources)} resources come near the most that a stack can hold"
