"""Fuzzes a demo server with schemathesis, world after world, until so many requests are sent; fails on a 5xx or a dropped connection."""

import argparse
import json
import math
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

root = Path(__file__).resolve().parents[2]
schemathesis = Path(sys.executable).with_name("schemathesis")
# The folder, or its check.mjs, which test/contract.test.ts is told by the same variable.
vendors = Path(os.environ.get("REEVE_CONTRACT") or root.parent / "shared/contract")
vendors = vendors.parent if vendors.is_file() else vendors
running = set()
methods = {"get", "put", "post", "delete", "patch"}
# No test of others: these end the very credential that asks.
left_out = ["/reeve/sign_out", "/reeve/users/me/end_access"]


def arguments():
    parser = argparse.ArgumentParser(prog="test/fuzz/run.sh", description=__doc__)
    parser.add_argument("--requests", type=int, default=3000, metavar="N", help="how many to send, about (3000)")
    parser.add_argument("--seconds", type=int, metavar="N", help="stop by then (60, and one more for every 40 requests)")
    parser.add_argument("--world", type=int, default=20000, metavar="N", help="requests before a new demo world is made (20000)")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="how many send at the same time (2)")
    parser.add_argument("--seed", type=int, default=int(time.time()), metavar="N", help="what is generated follows from it (the time)")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the Markdown there too")
    given = parser.parse_args()
    given.seconds = given.seconds or 60 + given.requests // 40
    return given


def documents():
    """Name → operations of each document that is here."""
    found = {"iam.openapi.json": vendors / "iam.openapi.json", "iam-reseller.openapi.json": vendors / "iam-reseller.openapi.json"}
    for name, file in found.items():
        if not file.exists():
            print(f"SKIPPED {name}: not in {vendors} (REEVE_CONTRACT)")
    found["docs/openapi.json"] = root / "docs/openapi.json"
    here = {name: file for name, file in found.items() if file.exists()}
    return {name: (file, sum(len(methods & item.keys()) for item in json.loads(file.read_text())["paths"].values())) for name, file in here.items()}


class Demo:
    """A server with a world of its own, gone at the end."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="reeve-fuzz-")
        self.data = Path(self.folder.name) / "data"
        self.log = Path(self.folder.name) / "server.log"
        env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL" and not name.startswith("REEVE_")}
        env |= {"REEVE_DATA": str(self.data), "HOST": "127.0.0.1", "PORT": "0", "REEVE_DEMO_CLIENTS": "200"}
        env.pop("SMTP_URL", None)
        with open(self.log, "w") as log:
            self.server = subprocess.Popen(["node", "bin/reeve.mjs", "demo"], cwd=root, env=env, stdout=log, stderr=log)
        try:
            for _ in range(600):
                if "Reeve answers at" in self.log.read_text():
                    break
                if self.server.poll() is not None:
                    break
                time.sleep(0.2)
            else:
                raise SystemExit(f"The server did not start within 2 minutes.\n{self.log.read_text()}")
            if self.server.poll() is not None:
                raise SystemExit(f"The server did not start.\n{self.log.read_text()}")
            self.shown = json.loads((self.data / "demo.json").read_text())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        # Its own exit is part of the test: not 0 means that it crashed, or could not close.
        gone = self.server.poll()
        if gone is None:
            self.server.send_signal(signal.SIGTERM)
            try:
                gone = self.server.wait(60)
            except subprocess.TimeoutExpired:
                self.server.kill()
                gone = self.server.wait()
        self.status = gone
        self.tail = self.log.read_text(errors="replace")[-2000:]
        self.folder.cleanup()


def ask(url, token):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": f"APIKey {token}"}), timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{url} answered {error.code}: {error.read()[:300]}") from error


def rows(answer):
    return answer if isinstance(answer, list) else answer.get("results", answer.get("result"))


def survey(shown):
    """The world as its operator sees it: ids by parameter name, ids that belong together, and those that the callers live by."""
    url, operator = shown["baseUrl"], shown["platform"]["token"]
    administrator = next(one for one in shown["clients"] if one["role"] == "Administrators")
    reseller = shown["resellers"][0]
    callers = {"reseller": reseller["token"], "Administrator": administrator["token"], "platform": operator}
    everything = lambda path: rows(ask(f"{url}{path}", operator))
    clients = everything("/iam/clients?limit=1000")
    own = {name: (ask(f"{url}/iam/users/me", token), ask(f"{url}/iam/clients/me", token)) for name, token in callers.items()}
    kept = {
        "userId": [user["id"] for user, _ in own.values()],
        "clientId": [client["id"] for _, client in own.values()],
        "tokenId": [int(token.split("_")[0]) for token in callers.values()],
        "resellerId": [1, reseller["id"]],
    }
    sample = [*kept["clientId"], *(client["id"] for client in clients[:: max(1, len(clients) // 12)])]
    pairs = {"clientId,serviceId": [], "clientId,tokenId": [], "clientId,userId": []}
    for client in dict.fromkeys(sample):
        pairs["clientId,serviceId"] += [[client, one["id"]] for one in everything(f"/iam/clients/{client}/services")]
        pairs["clientId,tokenId"] += [[client, one["id"]] for one in everything(f"/iam/v2/clients/{client}/tokens")]
    for client in clients:
        pairs["clientId,userId"] += [[client["id"], one["id"]] for one in client["users"]]
    resellers = [one["id"] for one in everything("/reeve/resellers")]
    pairs["resellerId,notificationSettingsId"] = [
        [one, setting["id"]] for one in resellers for setting in everything(f"/iam/reselling/resellers/{one}/notification_settings")
    ]
    activated = [one["id"] for kind in ("free", "paid") for one in everything(f"/iam/admin/{kind}_features")]
    users = everything("/iam/users?limit=1000")
    ids = {
        "clientId": [client["id"] for client in clients],
        "userId": [user["id"] for user in users],
        "email": [user["email"] for user in users],
        "sellerId": [one["id"] for one in everything("/iam/admin/sellers")],
        "resellerId": resellers,
        "featureId": [one["id"] for one in everything("/iam/admin/feature")],
        "activatedFeatureId": activated,
        "id": list(range(1, 401)),
    }
    for names, known in pairs.items():
        for place, name in enumerate(names.split(",")):
            ids.setdefault(name, [one[place] for one in known])
    return {"url": url, "callers": {name: f"APIKey {token}" for name, token in callers.items()}, "ids": ids, "pairs": {**pairs, **{name: [[one] for one in known] for name, known in ids.items()}}, "kept": kept}


def fuzz(folder, seed, until, name, file, examples, limit, coverage, world):
    """One document; a run of schemathesis that ends of itself, by its limit, or by the clock."""
    seconds = int(until - time.monotonic())
    if seconds < 5:
        return None
    stem = Path(folder) / re.sub(r"\W", "-", f"{name}-{seed}")
    plan = {"seed": seed, "limit": limit, "result": f"{stem}.json", "world": world}
    Path(f"{stem}.plan").write_text(json.dumps(plan))
    command = [schemathesis, "run", file, "--url", world["url"]]
    command += ["--phases", "examples,coverage,fuzzing" if coverage else "fuzzing", "--max-examples", str(examples)]
    command += ["--checks", "counted", "--continue-on-failure", "--no-shrink", "--suppress-health-check", "all", "--warnings", "off"]
    command += ["--generation-database", "none", "--seed", str(seed), "--request-timeout", "30", "--workers", "1"]
    for path in left_out:
        command += ["--exclude-path", path]
    env = {**os.environ, "SCHEMATHESIS_HOOKS": str(Path(__file__).with_name("hooks.py")), "REEVE_FUZZ_PLAN": f"{stem}.plan", "NO_COLOR": "1"}
    with open(f"{stem}.log", "w") as log:
        run = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)
        running.add(run)
        try:
            run.wait(seconds)
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGINT)
            try:
                run.wait(30)
            except subprocess.TimeoutExpired:
                run.kill()
        running.discard(run)
    try:
        result = json.loads(Path(f"{stem}.json").read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        raise SystemExit(f"schemathesis failed on {name}:\n{Path(f'{stem}.log').read_text()[-3000:]}") from None
    if result["sent"] == 0:
        raise SystemExit(f"schemathesis sent nothing from {name}:\n{Path(f'{stem}.log').read_text()[-3000:]}")
    return {**result, "document": name}


def table(head, lines):
    return ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head), *("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines), ""]


def quoted(text):
    shown = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in str(text))
    return "`" + shown.replace("|", "\\|").replace("`", "'") + "`"


def markdown(results, crashes, worlds, seconds, seed):
    sent = sum(one["sent"] for one in results)
    errors = [(one["document"], error) for one in results for error in one["errors"]]
    dropped = [(one["document"], error) for one in results for error in one["dropped"]]
    waiting = Counter()
    statuses, kinds, each = {}, Counter(), {}
    for one in results:
        for caller, answers in one["statuses"].items():
            statuses.setdefault((one["document"], caller), Counter()).update(answers)
        waiting.update({(one["document"], operation): number for operation, number in one["unavailable"].items()})
        for what, operation, status, number, example in one["mismatches"]:
            kinds[(one["document"], re.sub(r" at /.*", "", what))] += number
            key = (one["document"], what, operation, status)
            known = each.setdefault(key, [0, example])
            known[0] += number
    lines = [f"{sent} requests in {seconds:.0f} s ({sent / seconds:.0f}/s with the making of {worlds} worlds), seed {seed}: "]
    lines[0] += f"{len(errors)} answers 5xx, {len(dropped)} dropped connections, {sum(waiting.values())} × 503 with Retry-After, {len(crashes)} crashes."
    lines.append("")
    lines += table(
        ["document", "as", "requests", "answers"],
        [(*run, answers.total(), ", ".join(f"{n} × {status}" for status, n in sorted(answers.items()))) for run, answers in statuses.items()],
    )
    for title, found in (("5xx", errors), ("Dropped connections", dropped)):
        if found:
            lines += [f"## {title}", ""]
            cells = lambda e: (e["operation"], quoted(e["request"]), quoted(f"{e['type']} {e['body']}"), quoted(e["answer"]))
            lines += table(["document", "operation", "request", "body", "answer"], [(document, *cells(error)) for document, error in found[:100]])
    if crashes:
        lines += ["## Crashes", "", *(f"```\n{crash}\n```\n" for crash in crashes)]
    if waiting:
        lines += ["## 503 with Retry-After", "", *table(["document", "operation", "answers"], [(*key, n) for key, n in waiting.most_common()])]
    lines += ["## Mismatches by kind", "", *table(["document", "kind", "answers"], [(*key, n) for key, n in sorted(kinds.items())])]
    lines += ["## Mismatches by operation", ""]
    lines += table(
        ["document", "kind", "operation", "status", "answers", "example", "why"],
        [
            (document, quoted(what), operation, status, number, quoted(f"{example['request'][:160]} {example['body'][:160]}"), quoted(example["message"][:160]))
            for (document, what, operation, status), (number, example) in sorted(each.items(), key=lambda item: item[0][:3] + (str(item[0][3]),))
        ],
    )
    return "\n".join(lines), not errors and not dropped and not crashes


def main():
    given = arguments()
    began = time.monotonic()
    until = began + given.seconds
    found = documents()
    parts = math.ceil(given.workers / len(found))
    per_example = 3 * parts * sum(operations for _, operations in found.values())
    results, crashes, worlds, sent, share = [], [], 0, 0, 0.8
    while sent < given.requests and until - time.monotonic() > 20:
        wanted = min(given.world, given.requests - sent)
        examples = math.ceil(wanted / per_example / share)
        # The cases of the coverage phase are nearly the same each time, and some thousands: in the first world of a long run.
        coverage = worlds == 0 and given.requests >= given.world
        before = sent
        with tempfile.TemporaryDirectory(prefix="reeve-fuzz-runs-") as folder, Demo() as demo:
            world = survey(demo.shown)
            # Our own document, the longest, first: what runs last should be short.
            runs = [(name, *found[name]) for name in reversed(found)] * parts
            with ThreadPoolExecutor(given.workers) as pool:
                started = [
                    pool.submit(
                        fuzz, folder, given.seed + 1000 * worlds + place, until, name, file, examples,
                        given.world if coverage else len(world["callers"]) * examples * operations, coverage, world,
                    )
                    for place, (name, file, operations) in enumerate(runs)
                ]  # fmt: skip
                done = [one for one in (run.result() for run in started) if one]
        worlds += 1
        results += done
        sent += sum(one["sent"] for one in done)
        for one in done:
            if one["dead"]:
                print(f"The caller {one['dead']} lost its access after {one['sent']} requests from {one['document']}: that run ended.")
        if demo.status != 0:
            crashes.append(f"exit {demo.status}\n{demo.tail}")
        if not coverage and sent > before:
            share = min(1, max(0.2, (sent - before) / (examples * per_example)))
        print(f"{sent} requests after {time.monotonic() - began:.0f} s", flush=True)
        if crashes or any(one["dropped"] for one in done):
            break
    text, well = markdown(results, crashes, worlds, time.monotonic() - began, given.seed)
    if given.report:
        given.report.write_text(text)
    print(text if not given.report else "\n".join(text.split("\n## Mismatches by operation")[0].splitlines()))
    if sent < 0.9 * given.requests:
        print(f"Stopped by the clock after {sent} of {given.requests} requests.")
    sys.exit(0 if well else 1)


def stopped(*_):
    for run in list(running):
        run.kill()
    sys.exit(130)


if __name__ == "__main__":
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, stopped)
    main()
