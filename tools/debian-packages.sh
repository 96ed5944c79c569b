#!/bin/sh
# Sees to the Debian packages that the browser's tests use; says plainly what is missing.
# QUDAO_NO_APT=1 leaves the machine as it is.
missing=
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
[ -e /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc ] || missing="$missing fonts-noto-cjk"
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && [ "${QUDAO_NO_APT:-0}" != 1 ] &&
    command -v apt-get >/dev/null 2>&1; then
    echo "Debian packages: installing$missing"
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    # shellcheck disable=SC2086
    if { apt-get -q update && apt-get -q install -y --no-install-recommends $missing; } \
        >"$log" 2>&1; then
        missing=
    else
        tail -3 "$log"
    fi
    rm -f "$log"
fi
if [ -n "$missing" ]; then
    echo "Skipped: the tests marked 'browser' (when chromium is missing), for these Debian" \
        "packages are not installed and this user may not install them:$missing"
fi
