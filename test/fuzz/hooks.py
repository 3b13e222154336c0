"""
What schemathesis does here beside generating: real ids go into requests, each request is sent as every caller (to generate one costs
more than to send it), every response is checked and counted, and nothing ends the callers' access.
"""

import atexit
import json
import os
import random
import re
import time
from collections import Counter

import requests
import schemathesis
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.transport import Response
from schemathesis.specs.openapi import checks as openapi

plan = json.load(open(os.environ["REEVE_FUZZ_PLAN"]))
world, limit = plan["world"], plan["limit"]
callers = {authorization: name for name, authorization in world["callers"].items()}
session = requests.Session()
dice = random.Random(plan["seed"])
statuses, mismatches, unavailable = {name: Counter() for name in [*callers.values(), "nobody"]}, Counter(), Counter()
examples, errors, dropped = {}, [], []
sent = 0
dead = None
last_probe = 0.0

# What can end somebody's access: the object that the path names last is never a caller of this run or what it lives in.
ending = re.compile(
    r"DELETE .*|PUT /iam/users/{userId}/(password|email)|PATCH /reeve/(users|resellers|clients|sellers)/{\w+}"
    r"|PUT /iam/clients/{clientId}/client-users/{userId}|PATCH /iam/clients/{clientId}"
    r"|POST /reeve/(clients/{clientId}/deletion_request|users/{userId}/totp/reset)"
)
# Members of bodies and queries that name an object of the demo world.
named = {
    **dict.fromkeys(["client", "client_id", "clientId", "clients"], "clientId"),
    **dict.fromkeys(["user", "user_id", "userId"], "userId"),
    **dict.fromkeys(["feature", "feature_id"], "featureId"),
    **dict.fromkeys(["reseller", "reseller_id"], "resellerId"),
    **dict.fromkeys(["seller", "seller_id"], "sellerId"),
    "email": "email",
}


def real_ids(operation, given):
    """Six in ten requests name objects that exist and belong together, two in ten any that exist, the others what was generated."""
    names = tuple(given)
    lot = dice.random()
    together = world["pairs"].get(",".join(names))
    if together and lot < 0.6:
        chosen = dict(zip(names, dice.choice(together)))
    elif lot < 0.8:
        chosen = {name: dice.choice(world["ids"][name]) if world["ids"].get(name) else value for name, value in given.items()}
    else:
        chosen = dict(given)
    last = names[-1]
    if ending.fullmatch(operation):
        kept, others = world["kept"].get(last, []), world["ids"].get(last, [])
        spare = [one for one in others if one not in kept]
        if str(chosen[last]).strip() in map(str, kept) and spare:
            chosen[last] = dice.choice(spare)
    return chosen


def with_real_values(value):
    for name, member in value.items() if isinstance(value, dict) else enumerate(value):
        pool = world["ids"].get(named.get(name, ""))
        # Nothing leaves this machine: the server refuses a mail server on loopback, and would look for any other.
        if name == "host":
            value[name] = "127.0.0.1"
        elif isinstance(member, (dict, list)):
            with_real_values(member)
        elif pool and dice.random() < 0.4:
            value[name] = dice.choice(pool)


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.path_parameters:
        case.path_parameters = real_ids(f"{case.method} {case.operation.path}", case.path_parameters)
    if isinstance(case.body, (dict, list)):
        with_real_values(case.body)
    if isinstance(case.query, dict):
        with_real_values(case.query)
    # Each caller is the first as often as the others: what is deleted can be deleted once. One in twenty comes with what was generated.
    if dice.random() < 0.95:
        case.headers = {**case.headers, "Authorization": dice.choice(list(callers))}


@schemathesis.hook
def after_network_error(context, case, request):
    dropped.append(shown(case, request))


@schemathesis.check
def counted(ctx, response, case):
    """The checks of schemathesis, counted. A failure that is raised would be looked into again, at the price of many requests."""
    first = response.request
    received(ctx, response, case)
    if first.headers.get("Authorization") not in callers:
        return
    for authorization in callers:
        if authorization == first.headers["Authorization"]:
            continue
        request = first.copy()
        request.headers["Authorization"] = authorization
        try:
            answer = session.send(request, timeout=30, allow_redirects=False)
        except requests.RequestException as error:
            dropped.append(shown(case, request, repr(error)))
            continue
        received(ctx, Response.from_requests(answer, verify=False), case)


def received(ctx, response, case):
    global sent, dead, last_probe
    status, caller = response.status_code, callers.get(response.request.headers.get("Authorization"), "nobody")
    sent += 1
    statuses[caller][status] += 1
    if status == 503 and "retry-after" in response.headers:
        unavailable[case.operation.label] += 1
    elif status >= 500:
        errors.append({"caller": caller, **shown(case, response.request, f"{status} {response.text[:300]}")})
    for check in (
        openapi.status_code_conformance,
        openapi.content_type_conformance,
        openapi.response_headers_conformance,
        openapi.response_schema_conformance,
        openapi.negative_data_rejection,
    ):
        try:
            check(ctx, response, case)
        except FailureGroup as group:
            for failure in group.exceptions:
                count(failure, case, response)
        except Failure as failure:
            count(failure, case, response)
    if status == 401 and caller != "nobody" and time.monotonic() - last_probe > 1:
        last_probe = time.monotonic()
        dead = caller if access_is_gone(response.request.headers["Authorization"]) else None
    if sent >= limit or dead:
        written()
        os._exit(0)


def count(failure, case, response):
    what = failure.title
    where = getattr(failure, "instance_path", None)
    if where is not None:
        what += " at /" + "/".join("*" if str(step).isdigit() else str(step) for step in where)
    key = (what, case.operation.label, response.status_code)
    mismatches[key] += 1
    if key not in examples:
        examples[key] = {**shown(case, response.request, response.text[:200]), "message": failure.message[:400]}


def shown(case, request, answer=None):
    body = request.body or b""
    return {
        "operation": case.operation.label,
        "request": f"{request.method} {request.url}"[:600],
        "type": request.headers.get("Content-Type"),
        "body": (body if isinstance(body, str) else bytes(body).decode("utf-8", "backslashreplace"))[:600],
        "answer": answer,
    }


def access_is_gone(authorization):
    answer = requests.get(f"{world['url']}/iam/users/me", headers={"Authorization": authorization}, timeout=30)
    return answer.status_code == 401


@atexit.register
def written():
    with open(plan["result"], "w") as file:
        json.dump(
            {
                "sent": sent,
                "dead": dead,
                "statuses": statuses,
                "unavailable": dict(unavailable),
                "errors": errors,
                "dropped": dropped,
                "mismatches": [[*key, number, examples[key]] for key, number in mismatches.items()],
            },
            file,
        )
