#!/usr/bin/env bash
# What deploys Reeve, as far as it can be checked without a cluster: the Helm chart, the compose file and the systemd unit. Needs Go, which builds
# Helm once, and Python 3, whose kubernetes-validate has the schemas of Kubernetes. Where one is missing that part is skipped by name.
# REEVE_CHART_STRICT=1 builds Helm (some two minutes, kept in REEVE_CACHE), and fails where something is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
helm_version=v3.22.0
validate_version=1.37.0
# Carries the schema of the compose specification.
dclint_version=3.1.0
cache=${REEVE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/reeve}
helm=$cache/helm-$helm_version/helm
compose=$cache/compose-$dclint_version.json
python=$cache/kubernetes-validate-$validate_version/bin/python
work=$(mktemp -d "${TMPDIR:-/tmp}/reeve-chart-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
skipped() {
  echo "SKIPPED $1"
  if [ "${REEVE_CHART_STRICT:-}" = 1 ]; then exit 1; fi
}

unit() {
  command -v systemd-analyze >/dev/null || { skipped 'systemd unit: systemd-analyze is not installed'; return; }
  local exposure
  # The service's command and its user are not on this machine, which `verify` would say; what it says beside that is a mistake in the unit.
  exposure=$(systemd-analyze security --offline=yes --no-pager deploy/systemd/reeve.service 2>&1 | sed -n 's/.*Overall exposure level for .*: \([0-9.]*\).*/\1/p')
  [ -n "$exposure" ] || { echo 'systemd-analyze says nothing'; return 1; }
  systemd-analyze verify deploy/systemd/reeve.service 2>&1 | grep reeve.service | grep -v 'is not executable' >"$work/unit" || true
  if [ -s "$work/unit" ]; then cat "$work/unit"; return 1; fi
  echo "systemd unit: exposure $exposure (at most 2.5)"
  awk -v exposure="$exposure" 'BEGIN { exit !(exposure <= 2.5) }'
}

install_schemas() {
  if [ ! -x "$python" ]; then
    command -v python3 >/dev/null || { skipped 'chart and compose file: Python 3 is not installed'; return 1; }
    rm -rf "${python%/bin/python}"
    python3 -m venv "${python%/bin/python}" || exit 1
    "$python" -m pip install -q --disable-pip-version-check "kubernetes-validate==$validate_version" || { rm -rf "${python%/bin/python}"; exit 1; }
  fi
  if [ ! -e "$compose" ]; then
    npm pack --silent --pack-destination "$work" "dclint@$dclint_version" >/dev/null || exit 1
    tar -xzf "$work/dclint-$dclint_version.tgz" -C "$work" package/schemas/compose.schema.json || exit 1
    mv "$work/package/schemas/compose.schema.json" "$compose" || exit 1
  fi
}

install_helm() {
  if [ -x "$helm" ]; then return; fi
  command -v go >/dev/null || { skipped 'chart: Go, which builds Helm, is not installed'; return 1; }
  if [ "${REEVE_CHART_STRICT:-}" != 1 ]; then skipped 'chart: Helm is not built yet; REEVE_CHART_STRICT=1 builds it'; return 1; fi
  echo "Building Helm $helm_version, once"
  GOBIN=$work/bin CGO_ENABLED=0 go install -trimpath -ldflags='-s -w' "helm.sh/helm/v3/cmd/helm@$helm_version" 2>"$work/go.log" ||
    { tail -n 20 "$work/go.log"; exit 1; }
  mkdir -p "$(dirname "$helm")"
  mv "$work/bin/helm" "$helm" || exit 1
}

unit
install_schemas || exit 0
"$python" test/chart/compose.py "$compose"
if install_helm; then
  for values in test/chart/*.yaml; do
    name=$(basename "$values" .yaml)
    "$helm" lint --strict --quiet --kube-version 1.37 deploy/chart --values "$values"
    "$helm" template reeve deploy/chart --kube-version 1.37 --namespace reeve --values "$values" >"$work/$name.yaml"
  done
  HELM=$helm "$python" test/chart/check.py "$work"
fi
