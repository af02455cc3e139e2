"""Writes template.yaml as the emulator can deploy it: `expand.py TEMPLATE FUNCTIONS BUCKET PACKAGE`.

What `sam build` and `sam package` do is done here too: every function gets the archive of its binary
(FUNCTIONS/<binary>/bootstrap; archives are written to the directory PACKAGE and belong into BUCKET), and AWS' own
translator turns the template into plain CloudFormation, PACKAGE/template.json.

Then follows what the emulator alone needs; every such step says what it lacks. Nothing else is changed: functions,
roles, routes, authorizer, queues, schedules and their settings are deployed as they stand in the template.
"""

import hashlib
import json
import re
import sys
import zipfile
from pathlib import Path

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class NoManagedPolicies:
    """The translator would ask IAM for the names of AWS' own policies, none of which the template uses."""

    def load(self):
        raise LookupError("the template names a managed policy of AWS")


def add_code(template, functions, bucket, package):
    """Gives every function the archive of its binary."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            binary = resource["Metadata"]["BuildProperties"]["Binary"]
            bootstrap = functions / binary / "bootstrap"
            key = f"{binary}-{hashlib.sha256(bootstrap.read_bytes()).hexdigest()[:16]}.zip"
            with zipfile.ZipFile(package / key, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                archive.write(bootstrap, "bootstrap")
            resource["Properties"]["CodeUri"] = f"s3://{bucket}/{key}"


def expand(template):
    """The template as plain CloudFormation, with every parameter at its default."""
    parameters = template.get("Parameters", {})
    defaults = {name: parameter["Default"] for name, parameter in parameters.items() if "Default" in parameter}
    return transform(template, defaults, NoManagedPolicies())


def put_numbers_in(node, numbers):
    """The emulator takes every parameter for text and then fails to compare it: numbers are put where they are used."""
    if isinstance(node, dict):
        return numbers[node["Ref"]] if node.get("Ref") in numbers else {k: put_numbers_in(v, numbers) for k, v in node.items()}
    return [put_numbers_in(entry, numbers) for entry in node] if isinstance(node, list) else node


def split_apis(resources):
    """The emulator ignores the OpenAPI body of an HTTP API, in which SAM puts routes, integrations and authorizers.
    Each becomes a resource of its own, which means the same."""
    apis = [name for name, resource in resources.items() if resource["Type"] == "AWS::ApiGatewayV2::Api"]
    for api in apis:
        properties = resources[api]["Properties"]
        body = properties.pop("Body")
        properties.update({"Name": body["info"]["title"], "ProtocolType": "HTTP"})
        for scheme, declared in body["components"]["securitySchemes"].items():
            add(resources, f"{api}{scheme}", authorizer(api, scheme, declared["x-amazon-apigateway-authorizer"]))
        for path, methods in body["paths"].items():
            for method, operation in methods.items():
                add_route(resources, api, method, path, operation)


def add(resources, name, resource):
    if resources.setdefault(name, resource) != resource:
        raise ValueError(f"two resources would be called {name}")


def authorizer(api, name, declared):
    if declared["type"] != "request":
        raise ValueError(f"the authorizer {name} is no function")
    properties = {
        "ApiId": {"Ref": api},
        "Name": name,
        "AuthorizerType": "REQUEST",
        "AuthorizerUri": declared["authorizerUri"],
        "AuthorizerPayloadFormatVersion": declared["authorizerPayloadFormatVersion"],
        "EnableSimpleResponses": declared["enableSimpleResponses"],
        # Written out, because the emulator's defaults are others than those of an OpenAPI body.
        "IdentitySource": declared.get("identitySource", []),
        "AuthorizerResultTtlInSeconds": declared.get("authorizerResultTtlInSeconds", 0),
    }
    return {"Type": "AWS::ApiGatewayV2::Authorizer", "Properties": properties}


def add_route(resources, api, method, path, operation):
    declared = operation["x-amazon-apigateway-integration"]
    if declared["type"] != "aws_proxy":
        raise ValueError(f"{method} {path} reaches no function")
    # One integration serves all routes of a function.
    integration = f"{api}{hashlib.sha256(json.dumps(declared, sort_keys=True).encode()).hexdigest()[:8]}Integration"
    properties = {
        "ApiId": {"Ref": api},
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": declared["uri"],
        "IntegrationMethod": declared["httpMethod"],
        "PayloadFormatVersion": declared["payloadFormatVersion"],
    }
    add(resources, integration, {"Type": "AWS::ApiGatewayV2::Integration", "Properties": properties})
    verb = "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()
    route = {
        "ApiId": {"Ref": api},
        "RouteKey": "$default" if operation.get("isDefaultRoute") else f"{verb} {path}",
        "Target": {"Fn::Sub": f"integrations/${{{integration}}}"},
    }
    schemes = [scheme for requirement in operation.get("security", []) for scheme in requirement if scheme != "NONE"]
    if schemes:
        route.update({"AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": f"{api}{schemes[0]}"}})
    words = re.sub(r"[^0-9A-Za-z]+", " ", f"{verb} {path}").title().replace(" ", "")
    add(resources, f"{api}{words}Route", {"Type": "AWS::ApiGatewayV2::Route", "Properties": route})


def tell_log_format(resources):
    """Lambda tells a function by a variable in which format it is expected to log; the emulator does not."""
    for resource in resources.values():
        if resource["Type"] == "AWS::Lambda::Function":
            variables = resource["Properties"].setdefault("Environment", {}).setdefault("Variables", {})
            variables["AWS_LAMBDA_LOG_FORMAT"] = resource["Properties"]["LoggingConfig"]["LogFormat"]


def allow_batches(resources):
    """AWS lets whoever may send a message send several at once; the emulator asks for a permission of that name, which
    does not exist in AWS."""
    for statement in statements(resources):
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        if "sqs:SendMessage" in actions:
            statement["Action"] = [*actions, "sqs:SendMessageBatch"]


def allow_plain_connections(resources):
    """The bucket is closed to unencrypted connections, and the emulator knows no others."""
    for name, resource in list(resources.items()):
        if resource["Type"] == "AWS::S3::BucketPolicy":
            document = resource["Properties"]["PolicyDocument"]
            unencrypted = {"Bool": {"aws:SecureTransport": "false"}}
            document["Statement"] = [entry for entry in document["Statement"] if entry.get("Condition") != unencrypted]
            if not document["Statement"]:
                del resources[name]


def leave_out_metric_math(resources):
    """The emulator refuses alarms over an expression of metrics. No function depends on them."""
    refused = [
        name
        for name, resource in resources.items()
        if resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]
    ]
    for name in refused:
        del resources[name]


def statements(resources):
    """Every statement of every policy that a role has."""
    for resource in resources.values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::ManagedPolicy":
            yield from properties["PolicyDocument"]["Statement"]
        if resource["Type"] == "AWS::IAM::Role":
            for policy in properties.get("Policies", []):
                yield from policy["PolicyDocument"]["Statement"]


def main():
    source, functions, bucket, package = sys.argv[1:]
    template = yaml_parse(Path(source).read_text())
    add_code(template, Path(functions), bucket, Path(package))
    expanded = expand(template)
    parameters = expanded.get("Parameters", {}).items()
    numbers = {name: parameter["Default"] for name, parameter in parameters if parameter["Type"] == "Number"}
    resources = expanded["Resources"] = put_numbers_in(expanded["Resources"], numbers)
    split_apis(resources)
    tell_log_format(resources)
    allow_batches(resources)
    allow_plain_connections(resources)
    leave_out_metric_math(resources)
    (Path(package) / "template.json").write_text(json.dumps(expanded, indent=1))


main()
