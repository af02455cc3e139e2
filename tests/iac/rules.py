"""The list of rules. A rule is a function that yields what is wrong with a stack."""

RULES = []


def rule(check):
    RULES.append(check)
    return check
