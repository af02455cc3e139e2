"""The template as it is deployed: expanded by the same library that CloudFormation's serverless transform is."""

import copy
import json
import logging
import os
import re
from pathlib import Path

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]
# The library counts what it does for a service that is not there, and warns that nobody asks.
logging.getLogger("samtranslator").setLevel(logging.ERROR)
SERVERLESS = "AWS::Serverless::"


class NoManagedPolicies:
    """Functions name no policies of AWS, so that there is nothing to look up."""

    def load(self):
        return {}


def source():
    """The template as it is written."""
    return yaml_parse((ROOT / "template.yaml").read_text())


def expand(template):
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    template = copy.deepcopy(template)
    # `sam build` puts the place of each function's code here.
    template["Globals"]["Function"]["CodeUri"] = "s3://code/function.zip"
    return transform(template, {}, NoManagedPolicies())


class Stack:
    """A template, written and expanded, with the questions that rules ask."""

    def __init__(self, written, base=None):
        self.written = written
        if base is not None and serverless(written) == serverless(base.written):
            # Only serverless resources are transformed; everything else is handed through as it stands.
            self.expanded = copy.deepcopy(base.expanded)
            for name in base.written["Resources"].keys() - written["Resources"].keys():
                self.expanded["Resources"].pop(name)
            for name, resource in written["Resources"].items():
                if not resource["Type"].startswith(SERVERLESS):
                    self.expanded["Resources"][name] = copy.deepcopy(resource)
            for section in ("Parameters", "Conditions", "Outputs"):
                self.expanded[section] = copy.deepcopy(written.get(section, {}))
        else:
            self.expanded = expand(written)
        self.resources = self.expanded["Resources"]

    def of(self, kind):
        """Properties of the resources of a type, by logical id."""
        return {name: it.get("Properties", {}) for name, it in self.resources.items() if it["Type"] == kind}

    def functions(self):
        return self.of("AWS::Lambda::Function")

    def binary(self, function):
        """The name that people know a function by."""
        return self.resources[function]["Metadata"]["BuildProperties"]["Binary"]

    def variables(self, function):
        return self.functions()[function].get("Environment", {}).get("Variables", {})

    def sources(self):
        """Queues that call functions: (mapping, function, queue)."""
        for mapping in self.of("AWS::Lambda::EventSourceMapping").values():
            yield mapping, owner(mapping["FunctionName"]), owner(mapping["EventSourceArn"])

    def alarms(self):
        """Every metric that an alarm looks at: (alarm, namespace, metric, logical id in its dimension)."""
        for name, alarm in self.of("AWS::CloudWatch::Alarm").items():
            metrics = [part["MetricStat"]["Metric"] for part in alarm.get("Metrics", []) if "MetricStat" in part]
            for metric in metrics or [alarm]:
                about = [owner(dimension["Value"]) for dimension in metric.get("Dimensions", [])]
                yield alarm, metric["Namespace"], metric["MetricName"], about[0] if about else None

    def statements(self, role):
        """What a role allows, managed policies of this template resolved; a policy from elsewhere is answered as text."""
        properties = self.of("AWS::IAM::Role")[role]
        documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        for policy in properties.get("ManagedPolicyArns", []):
            own = self.resources.get(owner(policy) or "", {})
            if own.get("Type") == "AWS::IAM::ManagedPolicy":
                documents.append(own["Properties"]["PolicyDocument"])
            else:
                yield json.dumps(policy)
        for document in documents:
            yield from listed(document["Statement"])

    def role(self, function):
        return owner(self.functions()[function].get("Role"))

    def grants(self, function):
        """(action, resource as text, condition as text) of everything that a function may do."""
        for statement in self.statements(self.role(function)):
            if isinstance(statement, str):
                yield statement, "*", ""
                continue
            condition = json.dumps(statement.get("Condition", {}), sort_keys=True) if "Condition" in statement else ""
            for action in listed(statement.get("Action", [])):
                for resource in listed(statement.get("Resource", [])):
                    yield action, shown(resource), condition

    def board(self, name):
        """The text of a dashboard before names are put into it, and the names that it gives to choices."""
        body = self.of("AWS::CloudWatch::Dashboard")[name]["DashboardBody"]["Fn::Sub"]
        return (body, {}) if isinstance(body, str) else body

    def references(self):
        """Every name that the written template refers to."""
        text = json.dumps({key: part for key, part in self.written.items() if key != "Parameters"})
        names = set(re.findall(r'{"Ref": "([^"]+)"}', text))
        return names | set(re.findall(r"\$\{([A-Za-z0-9:]+)[.}]", text))


def serverless(template):
    resources = template["Resources"].items()
    kept = {name: resource for name, resource in resources if resource["Type"].startswith(SERVERLESS)}
    return template.get("Globals"), kept


def listed(value):
    return value if isinstance(value, list) else [value]


def usual(reference):
    """What holds unless somebody chooses: the last part of a choice."""
    return reference["Fn::If"][2] if isinstance(reference, dict) and "Fn::If" in reference else reference


def owner(reference):
    """The logical id that a reference names, or `None` for plain text."""
    if not isinstance(reference, dict):
        return None
    if "Fn::If" in reference:
        return owner(usual(reference))
    if "Ref" in reference:
        return reference["Ref"]
    if "Fn::GetAtt" in reference:
        target = reference["Fn::GetAtt"]
        return target.split(".")[0] if isinstance(target, str) else target[0]
    if "Fn::Sub" in reference and isinstance(reference["Fn::Sub"], str):
        found = re.search(r"\$\{([A-Za-z0-9]+)[.}]", reference["Fn::Sub"])
        return found.group(1) if found else None
    return None


def shown(resource):
    """A resource of a policy as people read it: `Table`, `Table/index/due`, `*`."""
    resource = usual(resource)
    if isinstance(resource, dict) and isinstance(resource.get("Fn::Sub"), str):
        return re.sub(r"\$\{([A-Za-z0-9]+)\.Arn\}", r"\1", resource["Fn::Sub"])
    return owner(resource) or str(resource)
