#!/bin/sh
# Installs what the lock file $2 names into the environment $1, and marks it in $3.
set -eu
venv=$1 lock=$2 stamp=$3

# Making the environment may have been broken off half-way.
"$venv/bin/python" -m pip --version >/dev/null 2>&1 || sh tools/make-environment.sh "$venv"
wanted=$(cat "$lock" pyproject.toml | cksum)
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    echo "Packages: installing what $lock names"
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    if ! {
        "$venv/bin/python" -m pip install --disable-pip-version-check --require-hashes -r "$lock" &&
            "$venv/bin/python" -m pip install --disable-pip-version-check --no-deps \
                --no-build-isolation --editable .
    } >"$log" 2>&1; then
        grep -E '^ERROR' "$log" >&2 || tail -5 "$log" >&2
        echo "The packages could not be installed: look whether the package registry is reached" \
            "and the disk has room (df -h .), and start again." >&2
        exit 1
    fi
    echo "$wanted" >"$stamp"
fi
touch "$stamp"
