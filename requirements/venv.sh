#!/bin/sh
# Create the virtual environment $1 with the first Python that is new enough.
set -u
here=$(dirname "$0")

python=
for candidate in python3 python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null 2>&1 &&
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "Python 3.11 or newer is needed; on Debian 12 or Ubuntu 24.04: sudo apt-get install -y python3 python3-venv" >&2
    exit 1
fi

# Debian ships Python without ensurepip; its package python3-venv brings it.
"$python" -c 'import ensurepip' 2>/dev/null || "$here/debian.sh" python3-venv || exit 1
"$python" -m venv "$1"
