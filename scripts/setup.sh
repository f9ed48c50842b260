#!/usr/bin/env bash
# Makes the virtual environment (first argument, default .venv) with the program and its test tools in it.
# Needs Python 3.11 or newer. As root, missing system libraries are installed with apt; otherwise one line says what is missing.
# TORCH_INDEX=<url> chooses another build of torch, e.g. https://download.pytorch.org/whl/cu126 for an NVIDIA GPU.
set -euo pipefail
venv=${1:-.venv}
torch=2.13.0
cpu_index=https://download.pytorch.org/whl/cpu

# What Qt needs to draw at all (first line) and to open a window under X11 (the rest).
libraries="libegl1 libgl1 libxkbcommon0 libfontconfig1 libfreetype6 libglib2.0-0 libx11-6 libdbus-1-3
  libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0
  libxcb-shape0 libxcb-shm0 libxcb-sync1 libxcb-util1 libxcb-xfixes0 libxcb-xkb1 libx11-xcb1"

say() { printf 'setup: %s\n' "$*"; }
# A configured wheel folder that is not there is no news to anybody.
quiet_pip() { "$venv/bin/python" -m pip --disable-pip-version-check --quiet "$@" 2> >(grep -v 'WARNING: Location .* is ignored' >&2); }

python=""
for candidate in python3.11 python3 python3.12 python3.13 python; do
  if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2])' 2>/dev/null; then python=$candidate; break; fi
done
[ -n "$python" ] || { say "Python 3.11 or newer is needed and was not found (Debian: apt-get install python3 python3-venv)" >&2; exit 1; }

root=""
if [ "$(id -u)" = 0 ]; then root="env"; elif sudo -n true 2>/dev/null; then root="sudo -n"; fi

missing=""
if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then
  for name in $libraries; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$name" 2>/dev/null | grep -q '^.i' || missing="$missing $name"
  done
  "$python" -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
fi
if [ -n "$missing" ]; then
  if [ -n "$root" ]; then
    say "installing system libraries:$missing"
    $root apt-get update -qq || say "apt-get update failed; going on with the package lists at hand" >&2
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null \
      || say "could not install all of them; the viewer's window may not open" >&2
  else
    say "for the viewer's window an administrator may have to run: apt-get install -y$missing" >&2
  fi
fi

if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
  say "making $venv with $("$python" --version)"
  if "$python" -c 'import ensurepip' 2>/dev/null; then
    "$python" -m venv "$venv"
  else  # Debian without python3-venv and nobody to install it: fetch pip itself
    "$python" -m venv --without-pip "$venv"
    "$venv/bin/python" -c 'import sys, urllib.request as u; exec(compile(u.urlopen("https://bootstrap.pypa.io/get-pip.py", timeout=60).read(), "get-pip.py", "exec"))' --quiet \
      || { say "no pip: an administrator has to run: apt-get install -y python3-venv" >&2; exit 1; }
  fi
fi

# torch first, so that the CPU build is what the project's own requirement finds: the default Linux wheel of the package index
# brings several GB of CUDA libraries that nothing here needs. Order: as asked, a wheel at hand, the CPU index, the default.
installed() { "$venv/bin/python" -c 'import importlib.metadata as m; print(m.version("torch"))' 2>/dev/null || true; }
case "$(installed)" in
  "$torch" | "$torch"+*) ;;
  *)
    say "installing torch $torch"
    if [ -n "${TORCH_INDEX:-}" ]; then
      quiet_pip install --index-url "$TORCH_INDEX" "torch==$torch"
    elif quiet_pip install --no-index --no-deps "torch==$torch" 2>/dev/null; then
      :
    elif [ "$(uname -s)" = Linux ] && "$venv/bin/python" -c "import urllib.request as u; u.urlopen('$cpu_index/torch/', timeout=20)" 2>/dev/null \
        && quiet_pip install --index-url "$cpu_index" --no-deps "torch==$torch"; then
      :
    else
      quiet_pip install "torch==$torch"
    fi
    ;;
esac

say "installing the program and its test tools into $venv"
quiet_pip install -e ".[test]"

# Compiled loops are kept on disk: the first picture should not wait for the compiler.
for part in lorentzian correlation; do
  if [ -f "engine/$part/warm.py" ]; then "$venv/bin/python" -m "engine.$part.warm" >/dev/null || say "warming up failed; the first start will be slower" >&2; fi
done
say "ready: $venv/bin/lorentz"
