#!/usr/bin/env bash
# Holds the Dockerfile against hadolint and the compose file against its specification. Needs pip; what it brings is deleted in the end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

checkers="$(mktemp -d)"
trap 'rm -rf "$checkers"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --target "$checkers" --requirement tools/image/requirements.txt

"$checkers/bin/hadolint" Dockerfile
PYTHONPATH="$checkers" python3 -m check_jsonschema --builtin-schema vendor.compose-spec infra/docker-compose.yml infra/docker-compose.services.yml
