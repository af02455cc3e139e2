"""Faults that somebody could write into the template, and the rule that has to notice each.

A rule that notices no fault proves nothing; so every rule has one here.
"""

import access
import data
import edge
import work


def statement(resources, policy, number=0):
    return resources[policy]["Properties"]["PolicyDocument"]["Statement"][number]


def properties(resources, name):
    return resources[name]["Properties"]


def events(resources, function):
    return properties(resources, function)["Events"]


def metric(name, about):
    return lambda it: properties(it, name).update(Dimensions=[{"Name": "QueueName", "Value": {"Ref": about}}])


def put(name, path, value):
    """Sets a property; `path` is its names with dots between them."""

    def mutate(resources):
        place = properties(resources, name)
        *folders, last = path.split(".")
        for folder in folders:
            place = place[folder]
        place[last] = value

    return mutate


def drop(name, path):
    def mutate(resources):
        place = properties(resources, name)
        *folders, last = path.split(".")
        for folder in folders:
            place = place[folder]
        del place[last]

    return mutate


def grant(policy, **parts):
    return lambda it: statement(it, policy).update(parts)


def attach(role, policy):
    return lambda it: properties(it, role)["ManagedPolicyArns"].append(policy)


def share_a_role(resources):
    properties(resources, "ApprovalsFunction")["Role"] = {"Fn::GetAtt": ["ReviewsRole", "Arn"]}


def serverless_role(resources):
    """What SAM makes when a function has no role of ours: queues, logs and more on every resource."""
    del properties(resources, "IngestFunction")["Role"]


def trust_everybody(resources):
    properties(resources, "SettingsRole")["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] = {"AWS": "*"}


def inline(resources):
    document = {"Statement": {"Effect": "Allow", "Action": "dynamodb:*", "Resource": {"Fn::GetAtt": ["Table", "Arn"]}}}
    properties(resources, "ApprovalsRole")["Policies"] = [{"PolicyName": "more", "PolicyDocument": document}]


def another_route(resources):
    api = {"ApiId": {"Ref": "Api"}, "Method": "GET", "Path": "/api/v1/forgotten"}
    events(resources, "CampaignsFunction")["Forgotten"] = {"Type": "HttpApi", "Properties": api}


def open_a_route(resources):
    events(resources, "CampaignsFunction")["ListCampaigns"]["Properties"]["Auth"] = {"Authorizer": "NONE"}


def lone_queue(resources):
    resources["Lonely"] = {"Type": "AWS::SQS::Queue", "Properties": {"SqsManagedSseEnabled": True}}


def authorizer(resources):
    return properties(resources, "Api")["Auth"]["Authorizers"]["Tokens"]


def second_place(resources):
    """A widget over another one."""
    body = properties(resources, "Dashboard")["DashboardBody"]["Fn::Sub"]
    body[0] = body[0].replace('"x": 8, "y": 7', '"x": 0, "y": 7')


def forget_on_the_dashboard(resources):
    body = properties(resources, "Dashboard")["DashboardBody"]["Fn::Sub"]
    body[0] = body[0].replace("${IngestDeadLetters.QueueName}", "ingest-dead")


def rename_on_the_dashboard(resources):
    body = properties(resources, "Dashboard")["DashboardBody"]["Fn::Sub"]
    body[0] = body[0].replace('MetricName=\\"Jobs', 'MetricName=\\"Tasks')


def everywhere(variable, queue):
    """Tells all functions that have a variable of another queue; without one, tells none of them of any."""

    def mutate(resources):
        for resource in resources.values():
            variables = resource.get("Properties", {}).get("Environment", {}).get("Variables", {})
            if variable in variables and queue:
                variables[variable] = {"Ref": queue}
            elif variable in variables:
                del variables[variable]

    return mutate


def many(resources):
    for number in range(400):
        resources[f"Log{number}"] = {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 1}}


def unread_parameter(_, template):
    template["Parameters"]["ReadByNobody"] = {"Type": "String", "Default": "", "Description": "Read by nothing"}


def no_default(_, template):
    del template["Parameters"]["Stage"]["Default"]


def any_role_map(_, template):
    del template["Parameters"]["OidcRoleMap"]["AllowedPattern"]


def issuer_without_audience(_, template):
    del template["Rules"]["OidcIssuerNeedsAudience"]


def no_output(name):
    return lambda _, template: template["Outputs"].pop(name)


def no_tracing(_, template):
    del template["Globals"]["Function"]["Tracing"]


def shared_variable(_, template):
    template["Globals"]["Function"]["Environment"]["Variables"]["SIGNING_SECRET"] = "hunter2"


EVERY_BATCH = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["*"]}}
TABLE = {"Fn::GetAtt": ["Table", "Arn"]}

MUTATIONS = [
    (access.every_function_has_a_role_of_its_own, share_a_role),
    (access.every_function_has_a_role_of_its_own, trust_everybody),
    (access.every_function_has_a_role_of_its_own, lambda it: [attach("IngestRole", {"Ref": f"P{n}"})(it) for n in range(9)]),
    (access.grants_name_their_actions_and_resources, grant("TableReads", Action="dynamodb:*")),
    (access.grants_name_their_actions_and_resources, grant("TableReads", Action=["dynamodb:GetItem", "*"])),
    (access.grants_name_their_actions_and_resources, grant("TableReads", Action="dynamodb:Get*")),
    (access.grants_name_their_actions_and_resources, grant("TableReads", Resource="*")),
    (access.grants_name_their_actions_and_resources, grant("TableReads", Resource="arn:aws:dynamodb:*:*:table/*")),
    (access.grants_name_their_actions_and_resources, grant("Runs", Resource=["*"])),
    (access.grants_name_their_actions_and_resources, grant("MailLoginReads", Action="secretsmanager:PutSecretValue")),
    (access.grants_name_their_actions_and_resources, grant("MailLoginReads", Resource={"Fn::Sub": access.MAIL_LOGIN.replace("${MailLogin}", "*")})),
    (access.grants_name_their_actions_and_resources, grant("TableReads", Resource={"Fn::If": ["HasExistingTable", "*", TABLE]})),
    (access.grants_name_their_actions_and_resources, grant("EventPuts", NotAction="iam:PassRole")),
    (access.grants_name_their_actions_and_resources, attach("ApprovalsRole", "arn:aws:iam::aws:policy/AdministratorAccess")),
    (access.grants_name_their_actions_and_resources, inline),
    (access.grants_name_their_actions_and_resources, serverless_role),
    (access.what_is_granted_on_the_table_is_granted_on_a_restored_one, grant("TableReads", Resource=TABLE)),
    (access.nobody_scans_and_only_sweepers_delete, grant("TableReads", Action=["dynamodb:Query", "dynamodb:Scan"])),
    (access.nobody_scans_and_only_sweepers_delete, grant("TableReads", Action="dynamodb:PartiQLSelect")),
    (access.nobody_scans_and_only_sweepers_delete, grant("TableWrites", Action="dynamodb:DeleteItem")),
    (access.nobody_scans_and_only_sweepers_delete, grant("TableWrites", Action="dynamodb:BatchWriteItem")),
    (access.nobody_scans_and_only_sweepers_delete, grant("InventoryWrites", Condition=EVERY_BATCH)),
    (access.nobody_scans_and_only_sweepers_delete, attach("SettingsRole", {"Ref": "InventoryWrites"})),
    (access.nobody_scans_and_only_sweepers_delete, attach("InventoryRole", {"Ref": "ReviewWrites"})),
    (access.only_the_issuer_of_keys_writes_keys, lambda it: statement(it, "TableWrites").pop("Condition")),
    (access.only_the_issuer_of_keys_writes_keys, attach("ReviewsRole", {"Ref": "KeyWrites"})),
    (access.secrets_of_receivers_are_read_by_those_who_sign_alone, lambda it: statement(it, "TableReads").pop("Condition")),
    (access.secrets_of_receivers_are_read_by_those_who_sign_alone, attach("ApprovalsRole", {"Ref": "SecretReads"})),
    (access.secrets_of_receivers_are_read_by_those_who_sign_alone, attach("SettingsRole", {"Ref": "SecretReads"})),
    (access.secrets_of_receivers_are_read_by_those_who_sign_alone, attach("ReviewsRole", {"Ref": "SecretWrites"})),
    (access.secrets_of_receivers_are_read_by_those_who_sign_alone, grant("PeopleReads", Condition=EVERY_BATCH)),
    (access.a_function_may_use_what_it_is_told_of_and_is_told_of_what_it_may_use, attach("ApprovalsRole", {"Ref": "IngestSends"})),
    (
        access.a_function_may_use_what_it_is_told_of_and_is_told_of_what_it_may_use,
        put("ApprovalsFunction", "Environment.Variables.UPLOADS_BUCKET", {"Ref": "Uploads"}),
    ),
    (
        access.a_function_may_use_what_it_is_told_of_and_is_told_of_what_it_may_use,
        put("ReviewsFunction", "Environment.Variables.MATERIALISE_QUEUE_URL", {"Ref": "IngestQueue"}),
    ),
    *(
        (access.a_function_may_use_what_it_is_told_of_and_is_told_of_what_it_may_use, everywhere(variable, queue))
        for variable in ("DELIVER_QUEUE_URL", "NOTIFY_QUEUE_URL")
        for queue in ("IngestQueue", None)
    ),
    (access.a_function_may_use_what_it_is_told_of_and_is_told_of_what_it_may_use, attach("ApprovalsRole", {"Ref": "NotifySends"})),
    (access.no_variable_is_unread_and_none_is_missing, put("ApprovalsFunction", "Environment.Variables.SMTP_HOST", "x")),
    (access.no_variable_is_unread_and_none_is_missing, lambda it: [
        properties(it, name)["Environment"]["Variables"].pop("UPLOADS_BUCKET")
        for name in ("InventoryFunction", "IngestFunction", "SchedulesFunction")
    ]),
    (access.secrets_are_no_variables, shared_variable),
    (
        access.secrets_are_no_variables,
        put("SettingsFunction", "Environment.Variables.OTHER", {"Fn::Sub": "{{resolve:secretsmanager:x}}"}),
    ),
    (access.permissions_are_those_that_were_agreed_on, attach("SettingsRole", {"Ref": "DueReads"})),
    (work.a_message_is_hidden_for_six_timeouts_and_given_up_after_five_tries, put("IngestQueue", "VisibilityTimeout", 1799)),
    (work.a_message_is_hidden_for_six_timeouts_and_given_up_after_five_tries, put("MaterializeFunction", "Timeout", 301)),
    (work.a_message_is_hidden_for_six_timeouts_and_given_up_after_five_tries, put("IngestQueue", "RedrivePolicy.maxReceiveCount", 4)),
    (work.a_message_is_hidden_for_six_timeouts_and_given_up_after_five_tries, drop("IngestQueue", "RedrivePolicy")),
    (
        work.a_worker_fails_messages_one_by_one_and_cannot_take_all_capacity,
        drop("IngestFunction", "Events.Messages.Properties.FunctionResponseTypes"),
    ),
    (
        work.a_worker_fails_messages_one_by_one_and_cannot_take_all_capacity,
        drop("MaterializeFunction", "Events.Messages.Properties.ScalingConfig"),
    ),
    (
        work.a_worker_says_when_its_own_failed_messages_come_again,
        grant("ExportReceives", Action=["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]),
    ),
    (work.a_worker_says_when_its_own_failed_messages_come_again, attach("NotifyRole", {"Ref": "DeliverReceives"})),
    (work.a_worker_says_when_its_own_failed_messages_come_again, drop("RenderFunction", "Environment.Variables.EXPORT_QUEUE_URL")),
    (work.every_queue_is_worked_on_or_keeps_dead_letters_long_enough_and_is_watched, put("IngestQueue", "SqsManagedSseEnabled", False)),
    (work.every_queue_is_worked_on_or_keeps_dead_letters_long_enough_and_is_watched, drop("IngestDeadLetters", "MessageRetentionPeriod")),
    (work.every_queue_is_worked_on_or_keeps_dead_letters_long_enough_and_is_watched, metric("IngestDeadLettersAlarm", "IngestQueue")),
    (work.every_queue_is_worked_on_or_keeps_dead_letters_long_enough_and_is_watched, lambda it: it.pop("MaterialiseAgeAlarm")),
    (work.every_queue_is_worked_on_or_keeps_dead_letters_long_enough_and_is_watched, lone_queue),
    (work.every_function_is_watched_traced_and_logs_where_logs_end, lambda it: it.pop("ReviewsAlarm")),
    (work.every_function_is_watched_traced_and_logs_where_logs_end, lambda it: properties(it, "ReviewsAlarm")["Metrics"].pop()),
    (work.every_function_is_watched_traced_and_logs_where_logs_end, no_tracing),
    (work.every_function_is_watched_traced_and_logs_where_logs_end, drop("Logs", "RetentionInDays")),
    (work.every_function_is_watched_traced_and_logs_where_logs_end, put("IngestFunction", "LoggingConfig", {"LogFormat": "Text"})),
    (work.a_function_behind_the_api_answers_before_the_gateway_gives_up, put("ReviewsFunction", "Timeout", 30)),
    (work.functions_run_what_is_built_for_them_on_the_chosen_processor, put("ReviewsFunction", "Runtime", "nodejs22.x")),
    (work.functions_run_what_is_built_for_them_on_the_chosen_processor, put("ReviewsFunction", "Architectures", ["arm64"])),
    (work.who_writes_files_has_all_the_scratch_space_there_is, drop("RenderFunction", "EphemeralStorage")),
    (work.who_writes_files_has_all_the_scratch_space_there_is, put("RenderFunction", "EphemeralStorage.Size", 512)),
    (work.a_timer_calls_a_function_that_does_not_pile_up_and_is_missed, put("SchedulesFunction", "Timeout", 60)),
    (work.a_timer_calls_a_function_that_does_not_pile_up_and_is_missed, drop("SchedulesFunction", "EventInvokeConfig")),
    (work.a_timer_calls_a_function_that_does_not_pile_up_and_is_missed, put("SchedulesSilentAlarm", "TreatMissingData", "missing")),
    (work.a_rule_of_the_bus_fills_a_queue_that_lets_it_in_and_loses_nothing, lambda it: it.pop("DeliverQueuePolicy")),
    (work.a_rule_of_the_bus_fills_a_queue_that_lets_it_in_and_loses_nothing, lambda it: statement(it, "DeliverQueuePolicy").pop("Condition")),
    (work.a_rule_of_the_bus_fills_a_queue_that_lets_it_in_and_loses_nothing, drop("DeliverRule", "EventBusName")),
    (work.a_rule_of_the_bus_fills_a_queue_that_lets_it_in_and_loses_nothing, drop("DeliverRule", "EventPattern.detail-type")),
    (work.a_rule_of_the_bus_fills_a_queue_that_lets_it_in_and_loses_nothing, lambda it: properties(it, "DeliverRule")["Targets"][0].pop("DeadLetterConfig")),
    *(
        (work.an_alarm_of_dead_letters_rings_at_the_first_message, put("NotifyDeadLettersAlarm", name, value))
        for name, value in [
            ("Threshold", 1),
            ("Threshold", 1e9),
            ("ComparisonOperator", "LessThanThreshold"),
            ("Statistic", "Minimum"),
            ("DatapointsToAlarm", 2),
            ("Period", 3600),
        ]
    ),
    (work.an_alarm_of_faults_rings_while_there_is_time_to_mend_them, put("ApiFailuresAlarm", "Threshold", 1e9)),
    (work.an_alarm_of_faults_rings_while_there_is_time_to_mend_them, put("ApiFailuresAlarm", "Threshold", -1)),
    (work.an_alarm_of_faults_rings_while_there_is_time_to_mend_them, put("ApiFailuresAlarm", "EvaluationPeriods", 60)),
    (work.an_alarm_of_faults_rings_while_there_is_time_to_mend_them, put("ApiFailuresAlarm", "DatapointsToAlarm", 5)),
    (work.an_alarm_of_faults_rings_while_there_is_time_to_mend_them, put("IngestAgeAlarm", "Threshold", 86400)),
    (work.an_alarm_of_faults_rings_while_there_is_time_to_mend_them, put("UnsentAlarm", "Threshold", 1)),
    (work.an_alarm_of_faults_rings_while_there_is_time_to_mend_them, put("ReviewsAlarm", "Threshold", 1000)),
    (work.nothing_is_switched_off, put("SchedulesFunction", "Events.EveryMinute.Properties.Enabled", False)),
    (work.nothing_is_switched_off, put("IngestFunction", "Events.Messages.Properties.Enabled", False)),
    (work.nothing_is_switched_off, put("DeliverRule", "State", "DISABLED")),
    (work.nothing_is_switched_off, put("NotifyRule", "State", {"Fn::If": ["HasMail", "DISABLED", "ENABLED"]})),
    (work.nothing_is_switched_off, put("UnsentAlarm", "ActionsEnabled", False)),
    (work.nothing_is_switched_off, put("ReviewsFunction", "ReservedConcurrentExecutions", 0)),
    (work.every_alarm_tells_somebody_what_is_wrong, drop("UnsentAlarm", "AlarmActions")),
    (work.every_alarm_tells_somebody_what_is_wrong, drop("UnsentAlarm", "AlarmDescription")),
    (data.the_table_is_encrypted_recoverable_and_cannot_be_dropped_by_mistake, drop("Table", "SSESpecification")),
    (data.the_table_is_encrypted_recoverable_and_cannot_be_dropped_by_mistake, drop("Table", "PointInTimeRecoverySpecification")),
    (data.the_table_is_encrypted_recoverable_and_cannot_be_dropped_by_mistake, put("Table", "DeletionProtectionEnabled", False)),
    (data.the_table_is_encrypted_recoverable_and_cannot_be_dropped_by_mistake, lambda it: it["Table"].pop("DeletionPolicy")),
    (data.the_table_is_encrypted_recoverable_and_cannot_be_dropped_by_mistake, drop("Table", "TimeToLiveSpecification")),
    (data.the_table_is_encrypted_recoverable_and_cannot_be_dropped_by_mistake, lambda it: it.pop("TableThrottlesAlarm")),
    (data.buckets_are_private_encrypted_and_emptied, drop("Uploads", "BucketEncryption")),
    (data.buckets_are_private_encrypted_and_emptied, put("Uploads", "PublicAccessBlockConfiguration.BlockPublicAcls", False)),
    (data.buckets_are_private_encrypted_and_emptied, drop("Uploads", "LifecycleConfiguration")),
    (data.buckets_are_private_encrypted_and_emptied, lambda it: it.pop("UploadsPolicy")),
    (data.the_bus_is_there_for_others_to_listen, lambda it: it.pop("EventBus")),
    (data.what_is_left_undone_is_noticed, lambda it: it.pop("UnsentAlarm")),
    (data.what_is_left_undone_is_noticed, lambda it: it.pop("LeftAlarm")),
    (data.nobody_is_locked_out_by_a_parameter, any_role_map),
    (data.nobody_is_locked_out_by_a_parameter, issuer_without_audience),
    (data.every_parameter_is_read_explained_and_has_a_default, unread_parameter),
    (data.every_parameter_is_read_explained_and_has_a_default, no_default),
    (data.outputs_name_what_people_need, no_output("ApiUrl")),
    (data.outputs_name_what_people_need, no_output("IngestDeadLettersUrl")),
    (data.the_dashboard_shows_every_function_queue_and_the_table, lambda it: it.pop("Dashboard")),
    (data.the_dashboard_shows_every_function_queue_and_the_table, second_place),
    (data.the_dashboard_shows_every_function_queue_and_the_table, forget_on_the_dashboard),
    (data.the_dashboard_shows_every_function_queue_and_the_table, put("Dashboard", "DashboardBody.Fn::Sub", ["{", {}])),
    (data.what_is_shown_is_measured, put("UnsentAlarm", "MetricName", "OutboxRest")),
    (data.what_is_shown_is_measured, put("ReviewsFunction", "Environment.Variables.METRICS_NAMESPACE", "Other")),
    (data.what_is_shown_is_measured, rename_on_the_dashboard),
    (data.whatever_costs_money_says_what_it_is_for, drop("Table", "Tags")),
    (data.the_stack_is_far_from_the_limits, many),
    (edge.template_code_and_description_know_the_same_routes, another_route),
    (edge.template_code_and_description_know_the_same_routes, open_a_route),
    (edge.template_code_and_description_know_the_same_routes, lambda it: events(it, "ReviewsFunction").pop("GetResult")),
    (edge.unknown_paths_are_answered_in_the_words_of_the_api, lambda it: events(it, "SettingsFunction").pop("Unmatched")),
    (edge.every_route_asks_one_authorizer_for_every_request, lambda it: authorizer(it)["Identity"].update(ReauthorizeEvery=60)),
    (edge.every_route_asks_one_authorizer_for_every_request, lambda it: authorizer(it)["Identity"].update(Headers=["Authorization"])),
    (edge.the_stage_is_throttled_logged_and_watched, drop("Api", "DefaultRouteSettings")),
    (edge.the_stage_is_throttled_logged_and_watched, drop("Api", "AccessLogSettings")),
    (edge.the_stage_is_throttled_logged_and_watched, put("Api", "AccessLogSettings.Format", "$context.identity.sourceIp")),
    (edge.the_stage_is_throttled_logged_and_watched, lambda it: it.pop("ApiFailuresAlarm")),
]
