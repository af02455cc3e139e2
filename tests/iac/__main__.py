"""Holds the expanded template to its rules, and the rules to faults that they must notice.

    python tests/iac             all rules, then all faults
    UPDATE=1 python tests/iac    writes docs/permissions.txt first

Needs aws-sam-translator and PyYAML; no account, no network. Ends with "N passed, N failed".
"""

import copy
import inspect
import os
import sys

import access
from mutations import MUTATIONS
from rules import RULES
from stack import Stack, source


def faults(check, stack):
    """What a rule finds; a fault that keeps it from finding anything else counts as found."""
    try:
        return list(check(stack))
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        return [f"cannot be told: {error!r}"]


def mutated(written, mutate):
    template = copy.deepcopy(written)
    arguments = [template["Resources"], template]
    mutate(*arguments[: len(inspect.signature(mutate).parameters)])
    return template


def main():
    stack = Stack(source())
    if os.environ.get("UPDATE"):
        access.PERMISSIONS.write_text(access.permissions(stack))
    passed, failed = 0, 0

    def count(problems, name):
        nonlocal passed, failed
        passed, failed = passed + (not problems), failed + bool(problems)
        for problem in problems:
            print(f"FAILED {name}: {problem}")

    for check in RULES:
        count(faults(check, stack), check.__name__)
    for check in set(RULES) - {check for check, _ in MUTATIONS}:
        count(["no fault proves that it notices anything"], check.__name__)
    for number, (check, mutate) in enumerate(MUTATIONS):
        known = set(faults(check, stack))
        noticed = set(faults(check, Stack(mutated(stack.written, mutate), stack))) - known
        count([] if noticed else ["it goes unnoticed"], f"{check.__name__}, fault {number}")
    print(f"{len(RULES)} rules, {len(MUTATIONS)} faults, {len(stack.resources)} resources")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
