#!/usr/bin/env bash
# Unpacks the kit next to this script and measures. Writes report.json into $OUT, or else next to this script. Exits with a
# status other than 0 if nothing could be measured.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${OUT:-$here}
kit=${KIT:-$here/unpacked}

# Every machine has tar. xz is missing in some images, which then have Python.
unpack() {
  if command -v xz >/dev/null; then xz -dc "$1"; else
    python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), sys.stdout.buffer)' "$1"
  fi | tar -xf - -C "$kit" --no-same-owner
}
mkdir -p "$out"
# A folder that cannot be written fails here. A report of an earlier run would be taken for this one's.
: > "$out/report.json"
if [ ! "$kit/complete" -nt "$here/kit.tar.xz" ]; then
  mkdir -p "$kit"
  # The kit before may have a native program, and this one none.
  rm -rf "$kit/bin"
  unpack "$here/node.tar.xz" & node=$!
  unpack "$here/kit.tar.xz"
  wait $node
  touch "$kit/complete"
fi

# The machine's own libraries come first, because they fit its driver.
rm -rf "$kit/missing"
mkdir "$kit/missing"
# Debian has ldconfig where only root looks.
known=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null || true)
for library in "$kit"/lib/*; do
  name=$(basename "$library")
  [[ $known == *$'\t'"$name (libc6,x86-64"* ]] || ln -s "$library" "$kit/missing/$name"
done
export LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$kit/missing
export XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-$kit}

# Containers often mount the manifest of NVIDIA's driver where the loader does not look.
if [ -z "${VK_DRIVER_FILES:-}" ]; then
  for manifest in /usr/share/vulkan/icd.d /etc/vulkan/icd.d /usr/local/nvidia/share/vulkan/icd.d; do
    if [ -f "$manifest/nvidia_icd.json" ]; then export VK_DRIVER_FILES=$manifest/nvidia_icd.json; break; fi
  done
fi

exec "$kit/bin/node" "$kit/bench/gpu/kit/run.mjs" "$out" "$SECONDS"
