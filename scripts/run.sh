#!/usr/bin/env bash
# Opens the viewer on FILE (second argument; the bundled sample without one). Where there is no screen to open a window on,
# says so and writes a zoom into the same file as a picture instead.
set -euo pipefail
venv=${1:-.venv}
file=${2:-}
lorentz=$venv/bin/lorentz

if [ "$(uname -s)" = Linux ] && [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}${QT_QPA_PLATFORM:-}" ]; then
  out=out/sample-zoom.png
  echo "No display here (DISPLAY and WAYLAND_DISPLAY are empty), so no window can open."
  echo "Zooming into the sample instead: frame 48, the car's number plate, x8."
  mkdir -p out
  "$lorentz" zoom assets/sample.lzc "$out" --frame 48 --roi 560,452,112,63 --magnify 8
  echo "Written: $out (and $out.json, which says how it was made). To zoom elsewhere: $lorentz zoom --help"
  exit 0
fi
exec "$lorentz" view ${file:+"$file"}
