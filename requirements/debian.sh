#!/bin/sh
# Make sure that the Debian packages named on the command line are installed: install them when this user may,
# otherwise stop with the exact line to run. On other systems say what is needed.
set -u

if ! command -v dpkg-query >/dev/null 2>&1; then
    for tool in mosquitto mosquitto_sub gammu socat; do
        command -v "$tool" >/dev/null 2>&1 && continue
        echo "$tool is needed and this is not Debian or Ubuntu: please install it by hand ($*)." >&2
        exit 1
    done
    exit 0
fi

missing=
for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

# The tests start these daemons themselves, at emulated modems. As services they would seize the real ones: ModemManager
# probes every serial port. "systemctl unmask" gives them back.
services=
for package in $missing; do
    case $package in
        modemmanager) services="$services ModemManager.service" ;;
        ofono | smstools | gammu-smsd) services="$services $package.service" ;;
    esac
done

if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    echo "These Debian packages are missing:$missing. Run this line, then try again:" >&2
    echo "    sudo apt-get update && sudo apt-get install -y$missing" >&2
    [ -z "$services" ] || echo "Before it, to keep their services from being started:" \
        "sudo systemctl mask$services" >&2
    exit 1
fi

if [ -n "$services" ] && command -v systemctl >/dev/null 2>&1; then
    $as_root systemctl mask -q $services
fi
echo "Installing the Debian packages:$missing"
# `env` and not a bare assignment: sudo drops the caller's environment.
$as_root apt-get update -qq &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null || {
    echo "apt-get failed. Run this line to see why: apt-get update && apt-get install -y$missing" >&2
    exit 1
}
