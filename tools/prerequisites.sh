#!/bin/sh
# Usage: tools/prerequisites.sh PYTHON
# Says what to install where something that make needs is missing. Exit code 0: all is there.
set -u
python=$1
missing=0

say() {
    printf '%s\n' "$@" >&2
    missing=1
}

if ! command -v "$python" >/dev/null 2>&1; then
    say "gitgates needs Python 3.11 or newer, and there is no '$python'." \
        "  Debian, Ubuntu:  apt-get install python3 python3-venv" \
        "  Fedora:          dnf install python3" \
        "  macOS:           brew install python" \
        "  or name another: make demo PYTHON=/path/to/python3"
elif ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    say "gitgates needs Python 3.11 or newer; '$python' is Python $version." \
        "  Install a newer one (Debian, Ubuntu: apt-get install python3.11 python3.11-venv; macOS: brew install python)," \
        "  then name it: make demo PYTHON=python3.11"
elif ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    say "'$python' cannot make virtual environments: its module ensurepip or venv is missing." \
        "  Debian, Ubuntu:  apt-get install python3-venv  (or python$version-venv)"
fi
if ! command -v git >/dev/null 2>&1; then
    say "gitgates needs git 2.34 or newer, and there is no 'git'." \
        "  Debian, Ubuntu:  apt-get install git      macOS: xcode-select --install"
fi
if ! command -v ssh-keygen >/dev/null 2>&1; then
    say "gitgates signs with ssh-keygen (OpenSSH 8.2 or newer), and there is no 'ssh-keygen'." \
        "  Debian, Ubuntu:  apt-get install openssh-client      Fedora: dnf install openssh-clients"
fi
exit $missing
