"""Who may do what: a role for each function, narrow grants, nothing granted or configured that is not needed."""

import json
import re

from rules import rule
from stack import ROOT, listed, owner, shown
from work import routed

# Functions that clear what broken-off work left behind. Nobody else may delete.
SWEEPERS = {"materialize", "schedules"}
# Functions behind the API that write in bulk, and the partitions in which they do: the versions of an inventory that is told in
# one request, which is many large items. The data source itself, which points to its version, lies in another partition.
BULK = {"inventory": {"SOURCE#*#*"}}
# What X-Ray offers cannot be narrowed to a resource.
ANYWHERE = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
# What a function does with a queue that it is told of: it sends messages, or says when failed ones come again.
QUEUED = {"sqs:SendMessage", "sqs:ChangeMessageVisibility"}
# A variable that names a resource other than a queue, and what a function that has it does there; and the other way round.
PLACES = {
    "EVENT_BUS_NAME": ("EventBus", {"events:PutEvents"}),
    "UPLOADS_BUCKET": ("Uploads", {"s3:GetObject", "s3:PutObject", "s3:ListBucket"}),
    "EXPORTS_BUCKET": ("Exports", {"s3:GetObject", "s3:PutObject"}),
}
QUEUE_URL = "_QUEUE_URL"
PERMISSIONS = ROOT / "docs" / "permissions.txt"
# Partitions of API keys, and the function that issues them.
KEYS = {"KEY#*", "KEYID#*"}
ISSUER = "settings"
# Partition of what messages to receivers are signed with, the functions that read it, and those that write it.
SECRETS = "SECRET#*"
SIGNERS = {"deliver"}
NAMERS = {"settings", "deliver"}
# A restored table takes the place of the stack's own, in the same account and region.
RESTORED = re.compile(
    r"arn:\$\{AWS::Partition\}:dynamodb:\$\{AWS::Region\}:\$\{AWS::AccountId\}:table/\$\{ExistingTable\}(/index/due)?"
)
# The one thing outside the stack that somebody may read: the secret that a parameter names. Its ARN ends in six characters
# of Secrets Manager's own.
MAIL_LOGIN = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${MailLogin}-??????"
# A role holds at most ten managed policies.
MOST_POLICIES = 10


@rule
def every_function_has_a_role_of_its_own(stack):
    roles = {}
    for function in stack.functions():
        role = stack.role(function)
        if stack.resources.get(role or "", {}).get("Type") != "AWS::IAM::Role":
            yield f"{function} has no role of this template"
            continue
        roles.setdefault(role, []).append(function)
        trusted = [statement["Principal"] for statement in assumed(stack, role)]
        if trusted != [{"Service": "lambda.amazonaws.com"}]:
            yield f"{role} may be assumed by {trusted}"
        if len(stack.resources[role]["Properties"].get("ManagedPolicyArns", [])) > MOST_POLICIES:
            yield f"{role} has more policies than a role can hold"
    yield from (f"{role} is shared by {users}" for role, users in roles.items() if len(users) > 1)
    yield from (f"{role} belongs to no function" for role in stack.of("AWS::IAM::Role").keys() - roles.keys())


def leading(condition, operator):
    """The patterns of partition keys in a condition."""
    return json.loads(condition or "{}").get(f"ForAllValues:{operator}", {}).get("dynamodb:LeadingKeys", [])


def assumed(stack, role):
    return listed(stack.resources[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"])


@rule
def grants_name_their_actions_and_resources(stack):
    for role in stack.of("AWS::IAM::Role"):
        for statement in stack.statements(role):
            if isinstance(statement, str):
                yield f"{role} holds a policy from elsewhere: {statement}"
                continue
            if statement["Effect"] != "Allow" or "NotAction" in statement or "NotResource" in statement:
                yield f"{role} has a statement that does not say what it allows"
            actions = set(listed(statement.get("Action", [])))
            yield from (f"{role} may {action}" for action in actions if "*" in action or ":" not in action)
            for resource in listed(statement.get("Resource", [])):
                if resource == "*":
                    if not actions <= ANYWHERE:
                        yield f"{role} may {sorted(actions)} anywhere"
                elif not is_restored_table_alone(resource):
                    yield f"{role} is granted something else when somebody chooses: {resource}"
                elif shown(resource) == MAIL_LOGIN and actions == {"secretsmanager:GetSecretValue"}:
                    continue
                elif owner(resource) not in stack.resources or shown(resource).startswith("*"):
                    yield f"{role} is granted `{shown(resource)}`, which is none of this stack's resources"


def is_restored_table_alone(resource):
    """Whether a choice, if the resource is one, is between the stack's own table and a restored one."""
    if not isinstance(resource, dict) or "Fn::If" not in resource:
        return True
    condition, chosen, _ = resource["Fn::If"]
    chosen = chosen if isinstance(chosen, dict) else {}
    return condition == "HasExistingTable" and RESTORED.fullmatch(str(chosen.get("Fn::Sub"))) is not None


@rule
def what_is_granted_on_the_table_is_granted_on_a_restored_one(stack):
    for role in stack.of("AWS::IAM::Role"):
        for statement in stack.statements(role):
            resources = [] if isinstance(statement, str) else listed(statement.get("Resource", []))
            for resource in resources:
                if owner(resource) == "Table" and "Fn::If" not in resource:
                    yield f"{role} may not {listed(statement['Action'])} on a restored table"


@rule
def nobody_scans_and_only_sweepers_delete(stack):
    for function in stack.functions():
        for action, resource, condition in stack.grants(function):
            operation = action.removeprefix("dynamodb:")
            if operation == "Scan" or operation.startswith("PartiQL"):
                yield f"{function} may {operation} {resource}"
            if operation == "DeleteItem" and stack.binary(function) not in SWEEPERS:
                yield f"{function} may delete from {resource}"
            # A batch can delete too.
            if operation == "BatchWriteItem":
                if function in routed(stack) and stack.binary(function) not in BULK:
                    yield f"{function} could delete from {resource} at somebody's request"
                if set(leading(condition, "StringLike")) - BULK.get(stack.binary(function), set(leading(condition, "StringLike"))):
                    yield f"{function} may write more in bulk than it has to"
                keys = leading(condition, "StringLike")
                if not keys or not all(re.match(r"[A-Z]+#", key) for key in keys):
                    yield f"{function} may write in bulk to any partition"


@rule
def only_the_issuer_of_keys_writes_keys(stack):
    for function in stack.functions():
        for action, resource, condition in stack.grants(function):
            writes = action in {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem"}
            like = leading(condition, "StringLike")
            elsewhere = KEYS <= set(leading(condition, "StringNotLike")) or (like and not KEYS & set(like))
            if writes and not elsewhere and stack.binary(function) != ISSUER:
                yield f"{function} could give itself an API key: {action}"


@rule
def secrets_of_receivers_are_read_by_those_who_sign_alone(stack):
    for function in stack.functions():
        binary = stack.binary(function)
        for action, resource, condition in stack.grants(function):
            # The index holds nothing but due times.
            if not action.startswith("dynamodb:") or resource != "Table":
                continue
            like = leading(condition, "StringLike")
            reaches = SECRETS not in leading(condition, "StringNotLike")
            if like:
                starts = [pattern.rstrip("*") for pattern in like]
                reaches = any(start.startswith(SECRETS[:-1]) or SECRETS.startswith(start) for start in starts)
            reads = action in {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}
            if reaches and binary not in (SIGNERS if reads else NAMERS):
                yield f"{function} could {'read' if reads else 'replace'} the secrets of receivers: {action}"


def places(stack):
    """The variables of PLACES, and one for each queue that functions are told of, whose name is the variable's:
    `INGEST_QUEUE_URL` is where `IngestQueue` is."""
    told = {variable for function in stack.functions() for variable in stack.variables(function)}
    told |= {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", queue).upper() + "_URL" for queue in worked_on(stack)}
    queues = {name: (name.removesuffix("_URL").title().replace("_", ""), QUEUED) for name in told if name.endswith(QUEUE_URL)}
    return PLACES | queues


def worked_on(stack):
    """The queues that functions work on."""
    return {queue for _, _, queue in stack.sources() if queue}


@rule
def a_function_may_use_what_it_is_told_of_and_is_told_of_what_it_may_use(stack):
    for function in stack.functions():
        variables = stack.variables(function)
        grants = set(stack.grants(function))
        if owner(variables.get("TABLE_NAME")) != "Table":
            yield f"{function} is not told of the table"
        for variable, (resource, actions) in places(stack).items():
            told = variable in variables
            granted = any(action in actions and place.split("/")[0] == resource for action, place, _ in grants)
            if told and owner(variables[variable]) != resource:
                yield f"{function} is told of another {variable}"
            if told and not granted:
                yield f"{function} has {variable} and may not use it"
            if granted and not told:
                yield f"{function} may use {resource} and has no {variable}"


@rule
def no_variable_is_unread_and_none_is_missing(stack):
    code = [*(ROOT / "shared").glob("*/src/**/*.rs"), *(ROOT / "functions").glob("*/src/**/*.rs")]
    text = "\n".join(file.read_text() for file in code if "tests" not in file.name and "tests" not in file.parts)
    declared = {name for function in stack.functions() for name in stack.variables(function)}
    yield from (f"nothing reads {name}" for name in sorted(declared) if f'"{name}"' not in text)
    read = set(re.findall(r'\b(?:setting|var|var_os|bucket)\(\s*(?:config, )?"([A-Z0-9_]+)"', text))
    ours = {name for name in read if not name.startswith(("AWS_", "SIM_")) and name not in {"UPDATE"}}
    yield from (f"no function is given {name}" for name in sorted(ours - declared))


@rule
def secrets_are_no_variables(stack):
    for function in stack.functions():
        for name, value in stack.variables(function).items():
            if re.search(r"SECRET|PASSWORD|PRIVATE|CREDENTIAL|TOKEN(?!_SECONDS)", name):
                yield f"{function} is given {name}, which everybody who sees the function can read"
            if isinstance(value, dict) and "Fn::Sub" in value and "resolve:" in str(value):
                yield f"{function} has a secret written into {name}"


def permissions(stack):
    """The list of what each function may do, as it is kept beside the code so that a change of it is seen."""
    lines = ["What each function may do. `tests/iac` writes this from the roles in template.yaml.", ""]
    for function in sorted(stack.functions(), key=stack.binary):
        lines.append(stack.binary(function))
        for action, resource, condition in sorted(set(stack.grants(function))):
            like, unlike = leading(condition, "StringLike"), leading(condition, "StringNotLike")
            where = f"  in {' '.join(like)}" if like else f"  not in {' '.join(unlike)}" if unlike else condition
            lines.append(f"  {action:32}{resource}{where}")
        lines.append("")
    return "\n".join(lines)


@rule
def permissions_are_those_that_were_agreed_on(stack):
    kept = PERMISSIONS.read_text() if PERMISSIONS.exists() else ""
    if kept != permissions(stack):
        was, now = set(kept.splitlines()), permissions(stack).splitlines()
        new = [line.strip() for line in now if line not in was]
        yield f"docs/permissions.txt is stale (UPDATE=1 writes it); new there: {new}"
