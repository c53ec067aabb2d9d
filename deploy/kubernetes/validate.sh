#!/usr/bin/env bash
# Builds both overlays and checks every object against Kubernetes' published schemas, strictly: no key that the schema
# does not know. Needs Go 1.24 or newer, Python and their package registries; no cluster.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d /tmp/tandem-kubernetes-XXXXXX)
trap 'rm -rf "$work"' EXIT
version=1.34
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --requirement requirements.txt
GOBIN=$work go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.1
for overlay in cpu gpu; do
  "$work/kustomize" build "$overlay" >"$work/$overlay.yaml"
  "$work/python/bin/kubernetes-validate" --kubernetes-version "$version" --quiet --strict "$work/$overlay.yaml"
  echo "$overlay: $(grep -c '^kind:' "$work/$overlay.yaml") objects fit Kubernetes $version"
done
