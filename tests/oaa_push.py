#!/usr/bin/env python3
"""Pushes an application, an identity provider and human resources with the public `oaaclient`, and checks every answer.

    python3 -m venv /tmp/oaa && /tmp/oaa/bin/pip install oaaclient==1.2.0
    /tmp/oaa/bin/python tests/oaa_push.py http://127.0.0.1:8080 TOKEN

TOKEN belongs to an administrator. It may run again and again on the same stack: a push is a full picture, and what
exists is used. Each step prints a line; the first that fails ends the script with status 1.

The client insists on https: it puts `https://` before any other address, and it connects as soon as it is made. `Client`
below sets the address afterwards, which is all that a stack without TLS needs.
"""

import json
import os
import sys

# A test wants to hear of a failure at once; the client would repeat 5xx ten times, slower each time.
os.environ.setdefault("OAA_API_RETRIES", "1")
os.environ.setdefault("OAA_API_TIMEOUT", "60")

from oaaclient.client import OAAClient, OAAResponseError
from oaaclient.templates import (
    CustomApplication,
    CustomIdPProvider,
    HRISProvider,
    LocalUserType,
    OAAPermission,
    OAAPropertyType,
)

PEOPLE = [
    # user name, full name, manager, title
    ("lbrandt", "Lena Brandt", None, "Head of Finance"),
    ("mlopez", "Marta Lopez", "lbrandt", "Clerk"),
    ("jchen", "Jun Chen", "lbrandt", "Clerk"),
]


class Client(OAAClient):
    """The client, at any address."""

    def __init__(self, url, token):
        self._address = url.rstrip("/")
        super().__init__(url=url, api_key=token)

    def _test_connection(self):
        self.url = self._address
        super()._test_connection()


def email(user_name):
    return f"{user_name[0]}.{user_name[1:]}@people.example"


def application():
    """Invoices: users, nested groups, nested roles, resources with sub-resources, a key, properties."""
    app = CustomApplication("Billing EU", application_type="billing", description="Invoices of the European companies")
    app.property_definitions.define_local_user_property("cost_center", OAAPropertyType.STRING)
    app.property_definitions.define_local_user_property("mfa_enabled", OAAPropertyType.BOOLEAN)
    app.add_custom_permission("view", [OAAPermission.DataRead])
    app.add_custom_permission("approve", [OAAPermission.DataWrite, OAAPermission.NonData], apply_to_sub_resources=True)
    app.add_local_group("clerks")
    app.add_local_group("everybody")
    app.local_groups["clerks"].add_group("everybody")
    app.local_groups["everybody"].add_permission("view", apply_to_application=True)
    app.add_local_role("reader", permissions=["view"])
    app.add_local_role("invoice approver", permissions=["approve"])
    app.local_roles["invoice approver"].add_role("reader")
    ledger = app.add_resource("ledger", "book")
    year = ledger.add_sub_resource("2026", "year")
    for user_name, _, _, _ in PEOPLE:
        user = app.add_local_user(user_name, identities=[email(user_name)], groups=["clerks"])
        user.email = email(user_name)
        user.is_active = True
        user.created_at = "2021-02-03T04:05:06Z"
        user.last_login_at = "2026-01-30T07:12:00Z"
        user.set_property("cost_center", "4410")
        user.set_property("mfa_enabled", user_name != "jchen")
    app.local_users["lbrandt"].add_role("invoice approver", apply_to_application=True)
    app.local_users["mlopez"].add_role("invoice approver", resources=[year])
    app.local_users["jchen"].add_permission("view", resources=[ledger])
    service = app.add_local_user("svc-export")
    service.user_type = LocalUserType.ServiceAccount
    service.add_permission("view", apply_to_application=True)
    app.add_access_cred("k-1", "export key")
    service.add_access_cred("k-1")
    return app


def identity_provider():
    """The people of the application, with their managers."""
    idp = CustomIdPProvider("Corp Directory", domain="people.example", idp_type="corp_idp")
    idp.property_definitions.define_user_property("title", OAAPropertyType.STRING)
    idp.add_group("finance", full_name="Finance")
    for user_name, full_name, manager, title in PEOPLE:
        user = idp.add_user(user_name, full_name=full_name, email=email(user_name), identity=user_name)
        user.department = "Finance"
        user.is_active = True
        user.manager_id = manager
        user.set_property("title", title)
        user.add_groups(["finance"])
    return idp


def human_resources():
    """The same people as employees, by which they have a badge."""
    hris = HRISProvider("People Central", hris_type="PeopleCentral", url="https://people.example")
    hris.property_definitions.define_employee_property("badge", OAAPropertyType.STRING)
    hris.add_group("dep-fin", "Finance", "Department")
    for number, (user_name, full_name, manager, title) in enumerate(PEOPLE):
        first, last = full_name.split()
        employee = hris.add_employee(user_name, full_name, f"10{number}", first, last, True, "ACTIVE")
        employee.email = email(user_name)
        employee.department = "dep-fin"
        employee.job_title = title
        employee.set_property("badge", f"B-{number}")
        if manager:
            employee.add_manager(manager)
    return hris


def step(text):
    print(f"ok   {text}", flush=True)


def check(condition, text):
    if not condition:
        print(f"FAIL {text}", flush=True)
        sys.exit(1)
    step(text)


def refused(statuses, text, call):
    """Checks that a call is answered by an error that the client understands."""
    try:
        answer = call()
    except OAAResponseError as error:
        complete = error.status_code in statuses and error.message and error.request_id and isinstance(error.details, list)
        check(complete, f"{text}: {error.status_code} {error.error} {error.details}")
    else:
        check(False, f"{text}: was taken, {answer}")


def provider_with_source(client, name, template, source):
    """Creates what is missing and answers the ids."""
    provider = client.get_provider(name) or client.create_provider(name, template)
    check(provider["id"] and provider["name"] == name, f"provider `{name}` is there")
    check(client.get_provider(name)["id"] == provider["id"], f"provider `{name}` is found by name")
    check(client.get_provider_by_id(provider["id"])["name"] == name, f"provider `{name}` is found by id")
    refused((409,), f"a second provider `{name}`", lambda: client.create_provider(name, template))
    data_source = client.get_data_source(source, provider["id"]) or client.create_data_source(source, provider["id"])
    check(data_source["id"] and data_source["name"] == source, f"data source `{source}` is there")
    found = client.get_data_source(source, provider["id"])
    check(found["id"] == data_source["id"], f"data source `{source}` is found by name")
    check(any(s["id"] == found["id"] for s in client.get_data_sources(provider["id"])), f"data source `{source}` is listed")
    return provider["id"], data_source["id"]


def matching(client, entity, field, value):
    """How many accounts a campaign with one condition would cover."""
    condition = {"entity": entity, "field": field, "operator": "equals", "value": value}
    answer = client.api_post("/api/v1/campaigns/query/test", {"inclusion_filters": [condition], "exclusion_filters": []})
    return answer["count"]


def main(url, token):
    client = Client(url, token)
    step(f"connected to {url}")
    try:
        Client(url, "not-a-token")
    except OAAResponseError as error:
        check(error.status_code == 401, "a wrong token is refused")
    else:
        check(False, "a wrong token is refused")
    check(client.get_provider("No such provider") is None, "an unknown provider is not found")

    provider, source = provider_with_source(client, "Billing (EU)", "application", "Billing EU - prod")
    answer = client.push_application("Billing (EU)", "Billing EU - prod", application())
    check(not answer.get("warnings"), f"application pushed, compressed, without warnings: {answer}")
    client.enable_compression = False
    answer = client.push_application("Billing (EU)", "Billing EU - prod", application())
    check(not answer.get("warnings"), f"application pushed again, plain: {answer}")
    client.enable_compression = True

    odd = application().get_payload()
    odd["applications"][0]["local_users"][0]["groups"] = ["nobody"]
    answer = client.push_metadata("Billing (EU)", "Billing EU - prod", odd)
    messages = [warning["message"] for warning in answer.get("warnings", [])]
    check(any("nobody" in message for message in messages), f"an unknown group is a warning: {messages}")

    bad = application().get_payload()
    del bad["applications"][0]["name"]
    refused((400,), "a payload without a name", lambda: client.push_metadata("Billing (EU)", "Billing EU - prod", bad))
    refused((404,), "a push to nowhere", lambda: client.datasource_push(provider, source[::-1], "{}"))
    answer = client.push_application("Billing (EU)", "Billing EU - prod", application())
    check(not answer.get("warnings"), "application pushed whole again")

    provider_with_source(client, "Corp Directory", "identity_provider", "Corp Directory - prod")
    answer = client.push_application("Corp Directory", "Corp Directory - prod", identity_provider())
    check(not answer.get("warnings"), f"identity provider pushed, with managers: {answer}")

    provider, source = provider_with_source(client, "People Central", "hris", "People Central - prod")
    client.update_provider_icon(provider, "aWNvbg==")
    client.update_provisioning_status(provider, True)
    changed = client.get_provider_by_id(provider)
    check(changed["icon_base64"] == "aWNvbg==" and changed["provisioning"], "the provider has its icon and is provisioned from")
    payload = json.dumps(human_resources().get_payload())
    answer = client.datasource_push_parts(provider, source, payload, part_size=500)
    check(not answer.get("warnings"), f"human resources pushed in {len(payload) // 500 + 1} parts: {answer}")

    count = matching(client, "account", "email", "m.lopez@people.example")
    check(count == 2, f"Marta has an account here and one there: {count}")
    count = matching(client, "owner", "manager_email", "l.brandt@people.example")
    check(count == 4, f"four accounts belong to people whose manager is Lena: {count}")
    count = matching(client, "role", "name", "invoice approver")
    check(count == 2, f"two accounts hold the role, one of them on a resource: {count}")
    print("all steps passed")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
