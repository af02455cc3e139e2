"""Functions, what calls them, and who is told when that fails."""

from rules import rule
from stack import listed, owner

# What the gateway waits for a function, in seconds.
GATEWAY_PATIENCE = 30
# The most that a function can have, in MB.
SCRATCH_MB = 10240
DEAD_LETTER_SECONDS = 14 * 24 * 3600
# The most that alarms may let pass. A single 5xx may be a passing fault of AWS; work that waits for longer than an hour is missed
# by people; seconds of waiting are the usual.
LEAST_AGE, MOST_AGE = 60, 3600
MOST_FAILURES = 10
MOST_SECONDS = 300


def dead_letters(stack, queue):
    policy = stack.of("AWS::SQS::Queue").get(queue, {}).get("RedrivePolicy", {})
    return owner(policy.get("deadLetterTargetArn")), policy.get("maxReceiveCount")


def timers(stack):
    """Rules that follow the clock; all others follow events."""
    return [(name, it) for name, it in stack.of("AWS::Events::Rule").items() if "ScheduleExpression" in it]


def routed(stack):
    """Functions behind the API."""
    workers = {function for _, function, _ in stack.sources()}
    timed = {owner(target["Arn"]) for _, rule in timers(stack) for target in rule["Targets"]}
    return stack.functions().keys() - workers - timed


@rule
def a_message_is_hidden_for_six_timeouts_and_given_up_after_five_tries(stack):
    for mapping, function, queue in stack.sources():
        timeout = stack.functions()[function]["Timeout"]
        if stack.of("AWS::SQS::Queue")[queue].get("VisibilityTimeout", 30) < 6 * timeout:
            yield f"{queue} shows a message again while {function} may still work on it"
        target, tries = dead_letters(stack, queue)
        if tries != 5 or target not in stack.of("AWS::SQS::Queue"):
            yield f"{queue} gives up after {tries} tries, to {target}"


@rule
def a_worker_fails_messages_one_by_one_and_cannot_take_all_capacity(stack):
    if not list(stack.sources()):
        yield "no queue calls a function"
    for mapping, function, queue in stack.sources():
        if mapping.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"one bad message of {queue} fails its whole batch"
        bounded = mapping.get("ScalingConfig", {}).get("MaximumConcurrency")
        if not bounded and "ReservedConcurrentExecutions" not in stack.functions()[function]:
            yield f"{function} may take all of the account's capacity"


@rule
def a_worker_says_when_its_own_failed_messages_come_again(stack):
    for _, function, queue in stack.sources():
        grants = {(action, place) for action, place, _ in stack.grants(function)}
        places = {place for action, place in grants if action == "sqs:ChangeMessageVisibility"}
        if places != {queue}:
            yield f"{function} may say when messages of {sorted(places)} come again, and works on {queue}"
        if queue not in {owner(value) for value in stack.variables(function).values()}:
            yield f"{function} is not told where {queue} is"


@rule
def every_queue_is_worked_on_or_keeps_dead_letters_long_enough_and_is_watched(stack):
    queues = stack.of("AWS::SQS::Queue")
    worked = {queue for _, _, queue in stack.sources()}
    graves = {dead_letters(stack, queue)[0] for queue in worked}
    watched = {(metric, about) for _, space, metric, about in stack.alarms() if space == "AWS/SQS"}
    for queue, properties in queues.items():
        if not properties.get("SqsManagedSseEnabled") and not properties.get("KmsMasterKeyId"):
            yield f"{queue} is not encrypted"
        if queue in graves:
            if properties.get("MessageRetentionPeriod", 0) < DEAD_LETTER_SECONDS:
                yield f"{queue} forgets dead letters too soon"
            if ("ApproximateNumberOfMessagesVisible", queue) not in watched:
                yield f"nobody is told of messages in {queue}"
        elif queue not in worked:
            yield f"nothing works on {queue}"
        elif ("ApproximateAgeOfOldestMessage", queue) not in watched:
            yield f"nobody is told when work waits in {queue}"


@rule
def every_function_is_watched_traced_and_logs_where_logs_end(stack):
    watched = {(metric, about) for _, space, metric, about in stack.alarms() if space == "AWS/Lambda"}
    for function, properties in stack.functions().items():
        for metric in ("Errors", "Throttles"):
            if (metric, function) not in watched:
                yield f"nobody is told of the {metric.lower()} of {function}"
        if properties.get("TracingConfig", {}).get("Mode") != "Active":
            yield f"{function} is not traced"
        logging = properties.get("LoggingConfig", {})
        group = stack.of("AWS::Logs::LogGroup").get(owner(logging.get("LogGroup")) or "")
        if group is None or logging.get("LogFormat") != "JSON":
            yield f"{function} does not log as JSON into a group of this stack"
    for group, properties in stack.of("AWS::Logs::LogGroup").items():
        if not properties.get("RetentionInDays"):
            yield f"{group} keeps logs for ever"


@rule
def a_function_behind_the_api_answers_before_the_gateway_gives_up(stack):
    for function in routed(stack):
        if stack.functions()[function].get("Timeout", 3) >= GATEWAY_PATIENCE:
            yield f"{function} may outlast the gateway"


@rule
def functions_run_what_is_built_for_them_on_the_chosen_processor(stack):
    for function, properties in stack.functions().items():
        if properties.get("Runtime") != "provided.al2023" or properties.get("Handler") != "bootstrap":
            yield f"{function} does not run a binary of ours"
        if properties.get("Architectures") != [{"Ref": "Architecture"}]:
            yield f"{function} does not run on the chosen processor"
        if not properties.get("MemorySize"):
            yield f"{function} is given no memory of ours"


@rule
def who_writes_files_has_all_the_scratch_space_there_is(stack):
    for _, function, queue in stack.sources():
        size = stack.functions()[function].get("EphemeralStorage", {}).get("Size", 512)
        if queue == "ExportQueue" and size < SCRATCH_MB:
            yield f"{function} may run out of scratch space over a large workbook"


@rule
def a_timer_calls_a_function_that_does_not_pile_up_and_is_missed(stack):
    timed = set()
    for name, properties in timers(stack):
        for target in properties["Targets"]:
            function = owner(target["Arn"])
            timed.add(function)
            if properties.get("ScheduleExpression") == "rate(1 minute)" and stack.functions()[function]["Timeout"] >= 60:
                yield f"{name} calls {function} before its last call has ended"
    retried = {owner(it["FunctionName"]): it for it in stack.of("AWS::Lambda::EventInvokeConfig").values()}
    silent = {
        about
        for alarm, _, metric, about in stack.alarms()
        if metric == "Invocations" and alarm.get("TreatMissingData") == "breaching"
    }
    if not timed:
        yield "no timer calls a function"
    for function in timed:
        if retried.get(function, {}).get("MaximumRetryAttempts") != 0:
            yield f"{function} is called again for a call that the next one makes up for"
        if function not in silent:
            yield f"nobody is told when {function} is no longer called"


@rule
def a_rule_of_the_bus_fills_a_queue_that_lets_it_in_and_loses_nothing(stack):
    admitted = {}
    for policy in stack.of("AWS::SQS::QueuePolicy").values():
        for statement in listed(policy["PolicyDocument"]["Statement"]):
            source = statement.get("Condition", {}).get("ArnEquals", {}).get("aws:SourceArn")
            queues = {owner(queue) for queue in listed(statement["Resource"])}
            if statement["Principal"] == {"Service": "events.amazonaws.com"}:
                if not owner(source):
                    yield f"rules of anybody may fill {sorted(queues)}"
                admitted.setdefault(owner(source), set()).update(queues)
    for name, properties in stack.of("AWS::Events::Rule").items():
        if "EventPattern" not in properties:
            continue
        if stack.resources.get(owner(properties.get("EventBusName")) or "", {}).get("Type") != "AWS::Events::EventBus":
            yield f"{name} listens to another bus"
        if properties["EventPattern"].get("source") != ["access-review"] or not properties["EventPattern"].get("detail-type"):
            yield f"{name} hears more than it is for"
        for target in properties["Targets"]:
            kept = owner(target.get("DeadLetterConfig", {}).get("Arn"))
            for queue in (owner(target["Arn"]), kept):
                if queue not in admitted.get(name, set()):
                    yield f"{queue} does not let {name} in"


def rings_above(alarm):
    """What a measure may be at most without ringing the alarm."""
    above = {"GreaterThanThreshold": 0, "GreaterThanOrEqualToThreshold": 1}
    lower = above.get(alarm["ComparisonOperator"])
    return None if lower is None else alarm["Threshold"] - lower


def spaced(alarm):
    """Seconds after which an alarm has looked at all that it goes by, and how many looks have to be bad."""
    periods = alarm["EvaluationPeriods"]
    metrics = [it["MetricStat"]["Period"] for it in alarm.get("Metrics", []) if "MetricStat" in it]
    return max([alarm.get("Period", 0), *metrics]) * periods, alarm.get("DatapointsToAlarm", periods)


@rule
def an_alarm_of_dead_letters_rings_at_the_first_message(stack):
    for alarm, space, metric, about in stack.alarms():
        if metric != "ApproximateNumberOfMessagesVisible" or space != "AWS/SQS":
            continue
        seconds, bad = spaced(alarm)
        if rings_above(alarm) != 0 or alarm.get("Statistic") not in ("Maximum", "Sum") or bad != 1 or seconds > MOST_SECONDS:
            yield f"the first message in {about} rings nobody"


@rule
def an_alarm_of_faults_rings_while_there_is_time_to_mend_them(stack):
    """An alarm with a threshold that nothing reaches would be as good as none."""
    allowed = {
        ("AWS/ApiGateway", "5xx"): range(1, MOST_FAILURES + 1),
        ("AWS/SQS", "ApproximateAgeOfOldestMessage"): range(LEAST_AGE, MOST_AGE + 1),
    }
    for alarm, space, metric, about in stack.alarms():
        if alarm.get("TreatMissingData") == "breaching" or metric == "ApproximateNumberOfMessagesVisible":
            continue
        above, (seconds, bad) = rings_above(alarm), spaced(alarm)
        if above not in allowed.get((str(space), metric), range(1)):
            yield f"{metric} of {about} may be {above} without anybody being told"
        if not 0 < bad <= 3 or seconds > MOST_SECONDS:
            yield f"{metric} of {about} may be too high for {seconds} seconds without anybody being told"


@rule
def nothing_is_switched_off(stack):
    """What is disabled looks in the template like what is not."""
    for name, properties in stack.of("AWS::Events::Rule").items():
        state = properties.get("State", "ENABLED")
        # People are mailed where somebody chose a mail host.
        if state not in ("ENABLED", {"Fn::If": ["HasMail", "ENABLED", "DISABLED"]}):
            yield f"{name} is switched off"
    for name, properties in stack.of("AWS::Lambda::EventSourceMapping").items():
        if properties.get("Enabled", True) is not True:
            yield f"{name} takes no messages"
    for name, properties in stack.of("AWS::CloudWatch::Alarm").items():
        if properties.get("ActionsEnabled", True) is not True:
            yield f"{name} rings and tells nobody"
    for function, properties in stack.functions().items():
        if properties.get("ReservedConcurrentExecutions") == 0:
            yield f"{function} is never run"


@rule
def every_alarm_tells_somebody_what_is_wrong(stack):
    for name, alarm in stack.of("AWS::CloudWatch::Alarm").items():
        if not alarm.get("AlarmDescription"):
            yield f"{name} does not say what is wrong"
        if "AlarmTopicArn" not in str(alarm.get("AlarmActions")):
            yield f"{name} tells nobody"
