"""Checks deploy/compose.yaml against the schema of the compose specification and what it promises, and that start.sh makes what it needs."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import jsonschema
import yaml

with open(sys.argv[1]) as file:
    schema = json.load(file)
with open("deploy/compose.yaml") as file:
    text = file.read()
document = yaml.safe_load(text)
checks = 0


def hold(condition, what):
    global checks
    checks += 1
    if not condition:
        sys.exit(f"FAILED: {what}")


def valid(candidate):
    return jsonschema.Draft7Validator(schema).is_valid(candidate)


for error in jsonschema.Draft7Validator(schema).iter_errors(document):
    sys.exit(f"FAILED: deploy/compose.yaml: {error.json_path}: {error.message[:300]}")
hold(not valid(yaml.safe_load(text.replace("    tmpfs:", "    tmfps:", 1))), "the schema accepts a misspelt key")
hold(not valid(yaml.safe_load(text.replace("cap_drop: [ALL]", "cap_drop: ALL"))), "the schema accepts a wrong type")

services = document["services"]
for name, service in services.items():
    for other, how in service.get("depends_on", {}).items():
        hold(other in services and how == {"condition": "service_healthy"}, f"{name} does not wait for {other}")
    for network in service["networks"]:
        hold(network in document["networks"], f"{name} is in no network {network}")
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        known = os.path.exists(f"deploy/{source}") if source.startswith(".") else source in document["volumes"]
        hold(known, f"{name} mounts {source}, which is not there")
    for key, value in service.get("environment", {}).items():
        secret = re.search("SECRET|PASSWORD|TOKEN|_URL$", key) and key != "REEVE_URL"
        hold(not secret or "${" in value, f"{name} has {key} in its text")
    hold(name == "caddy" or "ports" not in service, f"{name} can be reached from outside")
hold(document["networks"]["back"]["internal"], "the database reaches the Internet")
hold(services["reeve"]["read_only"] and services["reeve"]["cap_drop"] == ["ALL"], "Reeve may do more than it must")
hold(int(services["reeve"]["stop_grace_period"].rstrip("s")) >= 25, "Reeve is killed while it drains")
subnet = document["networks"]["front"]["ipam"]["config"][0]["subnet"]
hold(services["reeve"]["environment"]["REEVE_TRUST_PROXY"] == subnet, "Reeve trusts another network than Caddy's")

with tempfile.TemporaryDirectory() as folder:
    shutil.copytree("deploy/compose", f"{folder}/compose")
    start = [f"{folder}/compose/start.sh", "id.vendor.example"]
    run = lambda command: subprocess.run(command, env={**os.environ, "REEVE_COMPOSE": "none"}, capture_output=True).returncode
    hold(run(start[:1]) != 0, "start.sh starts without a domain")
    hold(run(start) == 0, "start.sh fails")
    with open(f"{folder}/.env") as file:
        made = dict(line.rstrip("\n").split("=", 1) for line in file)
    hold(os.stat(f"{folder}/.env").st_mode & 0o777 == 0o600, "others may read the secrets")
    hold(set(re.findall(r"\$\{(\w+):\?", text)) <= set(made), "start.sh does not make all that is needed")
    secrets = [value for name, value in made.items() if name != "REEVE_DOMAIN"]
    hold(len(set(secrets)) == 4 and all(re.fullmatch("[0-9a-f]{64}", secret) for secret in secrets), "the secrets are not random")
    hold(run(start) == 0 and open(f"{folder}/.env").read().count(made["REEVE_SECRET"]) == 1, "a second run changes the secrets")
    hold(run([start[0], "other.example"]) != 0, "another domain is ignored")
print(f"compose file: valid, {checks} checks")
