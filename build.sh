#!/usr/bin/env bash
# Restores the tools and packages, then runs a target of build.fsx: ./build.sh test
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export NUGET_SOURCE="${NUGET_SOURCE:-$(dotnet nuget list source --format short | sed -n 's/^E[A-Z]* //p' | head -n 1)}"

while sleep 10 >/dev/null; do echo "restoring tools and packages: $SECONDS s"; done &
progress=$!
trap 'kill "$progress"' EXIT
dotnet tool restore >/dev/null && dotnet paket restore >/dev/null
kill "$progress"
trap - EXIT
exec dotnet fsi build.fsx -t "$@"
