#!/bin/sh
# Sees to the Debian packages that tests use, and says plainly what is missing: a browser, and
# programs of others that speak the protocols that we speak.
# QUDAO_NO_APT=1 leaves the machine as it is.
missing=
need() { # PACKAGE, and a command or file of it
    command -v "$2" >/dev/null 2>&1 || [ -e "$2" ] || missing="$missing $1"
}
need chromium chromium
need poppler-utils pdftotext
need poppler-data /usr/share/poppler/cidToUnicode/Adobe-GB1
need fonts-noto-cjk /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc
need nodejs node
need npm npm
need libnet-smpp-perl /usr/share/perl5/Net/SMPP.pm
need kannel /usr/sbin/bearerbox
need tshark tshark
need espeak-ng espeak-ng
need sox sox
need sip-tester sipp
need baresip-core baresip
need openjdk-17-jre-headless java
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
    echo "Skipped: the tests marked 'browser' (when chromium is missing) and those of the peers" \
        "that are missing, for these Debian packages are not installed and this user may not" \
        "install them:$missing"
fi
