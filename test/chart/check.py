"""Checks what the chart renders against the schemas of Kubernetes and what it promises, and that wrong values are refused."""
import os
import subprocess
import sys
import tempfile

import kubernetes_validate
import yaml

folder = sys.argv[1]
SECRET = {"REEVE_SECRET", "REEVE_SECRET_SECOND", "DATABASE_URL", "DATABASE_REPLICA_URL", "SMTP_URL", "REEVE_METRICS_TOKEN"}
EXPECTED = {
    "smallest": ["Deployment", "Job", "NetworkPolicy", "PodDisruptionBudget", "Secret", "Secret", "Service"],
    "production": ["Deployment", "Ingress", "Job", "NetworkPolicy", "PodDisruptionBudget", "PrometheusRule", "Service", "ServiceMonitor"],
    "cloudnative-pg": ["Deployment", "Ingress", "Job", "NetworkPolicy", "PodDisruptionBudget", "Secret", "Secret", "Service"],
    "every-secret": ["Deployment", "Job", "PodDisruptionBudget", "Secret", "Secret", "Service"],
}
checks = 0


def hold(condition, what):
    global checks
    checks += 1
    if not condition:
        sys.exit(f"FAILED: {what}")


def pods(name, resource):
    spec = resource["spec"]["template"]["spec"]
    where = f"{name}: {resource['kind']}"
    hold(spec["automountServiceAccountToken"] is False, f"{where} gets a token of the cluster")
    security = spec["securityContext"]
    hold(security["runAsNonRoot"] is True and security["runAsUser"] == 10001, f"{where} may run as root")
    hold(security["seccompProfile"] == {"type": "RuntimeDefault"}, f"{where} has no seccomp profile")
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    for container in spec["containers"] + spec.get("initContainers", []):
        own = container["securityContext"]
        hold(own["readOnlyRootFilesystem"] is True, f"{where} has a root that can be written")
        hold(own["allowPrivilegeEscalation"] is False, f"{where} may gain privileges")
        hold(own["capabilities"] == {"drop": ["ALL"]}, f"{where} keeps capabilities")
        hold(container["resources"]["limits"]["memory"], f"{where} has no limit of memory")
        mounts = {mount["mountPath"]: volumes[mount["name"]] for mount in container["volumeMounts"]}
        hold(sorted(mounts) == ["/tmp", "/var/lib/reeve"], f"{where} has other folders than it writes to")
        hold(all("emptyDir" in volume for volume in mounts.values()), f"{where} keeps something")
        environment = {entry["name"]: entry for entry in container["env"]}
        hold(len(environment) == len(container["env"]), f"{where} has a setting twice")
        hold(SECRET <= set(environment), f"{where} lacks {SECRET - set(environment)}")
        for secret in SECRET:
            entry = environment[secret]
            hold("value" not in entry and entry["valueFrom"]["secretKeyRef"], f"{where} has {secret} in its text")
        yield container, environment, spec


for name, expected in EXPECTED.items():
    with open(f"{folder}/{name}.yaml") as file:
        resources = [resource for resource in yaml.safe_load_all(file) if resource]
    hold(sorted(resource["kind"] for resource in resources) == expected, f"{name} has other kinds: {sorted(r['kind'] for r in resources)}")
    for resource in resources:
        if resource["kind"] not in ("ServiceMonitor", "PrometheusRule"):  # no kinds of Kubernetes itself
            kubernetes_validate.validate(resource, kubernetes_validate.latest_version(), strict=True)
            checks += 1
    by_kind = {resource["kind"]: resource for resource in resources}
    secrets = [resource for resource in resources if resource["kind"] == "Secret"]
    text = yaml.safe_dump([resource for resource in resources if resource["kind"] != "Secret"])
    for secret in secrets:
        for value in secret["stringData"].values():
            hold(value not in text, f"{name}: a secret stands outside of its Secret")

    deployment, job = by_kind["Deployment"], by_kind["Job"]
    [(server, environment, spec)] = pods(name, deployment)
    [(migrate, migration, _)] = pods(name, job)
    hold(server["args"] == ["serve"] and migrate["args"] == ["migrate"], f"{name}: wrong commands")
    hold(job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade", f"{name}: the migration comes too late")
    hold(server["readinessProbe"]["httpGet"]["path"] == "/readyz", f"{name}: wrong readiness")
    hold(server["livenessProbe"]["httpGet"]["path"] == "/healthz", f"{name}: a database that is down would restart the server")
    hold(server["startupProbe"]["httpGet"]["path"] == "/healthz", f"{name}: no time to start")
    pause = int(server["lifecycle"]["preStop"]["exec"]["command"][1])
    hold(spec["terminationGracePeriodSeconds"] >= pause + 20 + 5, f"{name}: killed while it drains")
    hold(len(spec["topologySpreadConstraints"]) == 2, f"{name}: all servers may be on one machine")
    hold(deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0, f"{name}: fewer servers while upgrading")

    labels = deployment["spec"]["template"]["metadata"]["labels"]
    selectors = {
        "Deployment": deployment["spec"]["selector"]["matchLabels"],
        "Service": by_kind["Service"]["spec"]["selector"],
        "PodDisruptionBudget": by_kind["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
    }
    if "NetworkPolicy" in by_kind:
        selectors["NetworkPolicy"] = by_kind["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"]
    if "PrometheusRule" in by_kind:
        rules = by_kind["PrometheusRule"]["spec"]["groups"][0]["rules"]
        wanted = f'job="{by_kind["Service"]["metadata"]["name"]}"'
        hold(len(rules) == 6 and all(wanted in rule["expr"] for rule in rules), f"{name}: alerts about another job")
        hold("{{ $labels.instance }}" in rules[0]["annotations"]["summary"], f"{name}: Helm has filled in what Prometheus should")
    if "ServiceMonitor" in by_kind:
        monitor = by_kind["ServiceMonitor"]
        service = by_kind["Service"]["metadata"]["labels"]
        hold(monitor["spec"]["selector"]["matchLabels"].items() <= service.items(), f"{name}: the monitor finds no service")
        credentials = monitor["spec"]["endpoints"][0]["authorization"]["credentials"]
        hold(credentials == {"name": "reeve-secrets", "key": "REEVE_METRICS_TOKEN"}, f"{name}: the monitor has another token")
    for kind, selector in selectors.items():
        hold(selector.items() <= labels.items(), f"{name}: {kind} does not select the servers")
        hold(not selector.items() <= job["spec"]["template"]["metadata"]["labels"].items(), f"{name}: {kind} selects the migration")

    hooks = {r["metadata"]["name"] for r in secrets if "helm.sh/hook" in r["metadata"].get("annotations", {})}
    kept = {r["metadata"]["name"] for r in secrets} - hooks
    if secrets:
        hold(migration["REEVE_SECRET"]["valueFrom"]["secretKeyRef"]["name"] in hooks, f"{name}: the migration's Secret is not there yet")
        hold(environment["REEVE_SECRET"]["valueFrom"]["secretKeyRef"]["name"] in kept, f"{name}: the server's Secret is not kept")
    url = environment["DATABASE_URL"]["valueFrom"]["secretKeyRef"]
    hold((url == {"name": "reeve-db-app", "key": "uri"}) == (name == "cloudnative-pg"), f"{name}: DATABASE_URL comes from {url}")

given = sorted(file for file in os.listdir("test/chart") if file.endswith(".yaml"))
hold(given == sorted(f"{name}.yaml" for name in EXPECTED), "a set of values is not checked")

REFUSED = {
    "replicas as a text": "replicas: two",
    "no server": "replicas: 0",
    "a misspelt value": "replica: 3",
    "a short secret": "secret: { REEVE_SECRET: short }",
    "another database": "secret: { DATABASE_URL: 'mysql://db/reeve' }",
    "an address without TLS": "url: http://id.vendor.example",
    "a secret among the settings": "settings: { REEVE_SECRET: 0123456789abcdef0123456789abcdef }",
    "a URL with a password among the settings": "settings: { SMTP_URL: 'smtp://user:password@mail' }",
    "too little time to stop": "terminationGracePeriodSeconds: 10",
    "an ingress without a host": "ingress: { enabled: true }",
    "a tag for a digest": "image: { digest: latest }",
    "a budget of nothing, which no node could be drained with": "podDisruptionBudget: { maxUnavailable: 0 }",
    "no secret": "secret: { REEVE_SECRET: '' }",
    "no database": "secret: { DATABASE_URL: '' }",
}
for what, values in REFUSED.items():
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(values)
        file.flush()
        command = [os.environ["HELM"], "template", "reeve", "deploy/chart", "--kube-version", "1.37"]
        command += ["-f", "test/chart/smallest.yaml", "-f", file.name]
        ran = subprocess.run(command, capture_output=True, text=True)
    hold(ran.returncode != 0, f"{what} is accepted")
    known = ("don't meet the specifications of the schema", "Set existingSecret", "Set secret.DATABASE_URL")
    hold(any(part in ran.stderr for part in known), f"{what} is refused for another reason: {ran.stderr}")

print(f"chart: {len(EXPECTED)} sets of values rendered, {len(REFUSED)} wrong ones refused, {checks} checks")
