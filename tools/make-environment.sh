#!/bin/sh
# Makes the virtual environment in the folder $1 with the first Python that is new enough.
set -eu
venv=$1

# What was broken off half-way is made anew.
rm -rf "$venv"

fits() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

python=
for name in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
    if command -v "$name" >/dev/null 2>&1 && fits "$name"; then
        python=$name
        break
    fi
done
if [ -z "$python" ]; then
    found=$("${PYTHON:-python3}" --version 2>/dev/null || echo "no Python 3")
    echo "Qudao needs Python 3.11 or later, and finds $found: install one (on Debian:" \
        "apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3." >&2
    exit 1
fi

echo "Environment: making $venv with $("$python" --version)"
if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    # Debian keeps ensurepip in a package of its own.
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Environment: installing Debian's python$version-venv"
        export DEBIAN_FRONTEND=noninteractive
        { apt-get -q update && apt-get -q install -y --no-install-recommends "python$version-venv"; } \
            >/tmp/qudao-apt.$$ 2>&1 || { tail -3 /tmp/qudao-apt.$$ >&2; }
        rm -f /tmp/qudao-apt.$$
    fi
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        echo "$python cannot make virtual environments: install the package python$version-venv" \
            "(as root: apt-get install python$version-venv), and start again." >&2
        exit 1
    fi
fi
"$python" -m venv "$venv" || { rm -rf "$venv"; exit 1; }
