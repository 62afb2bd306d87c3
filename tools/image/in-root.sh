#!/bin/sh
# in-root.sh ROOT WORKDIR ro|rw [FOLDER PLACE]... -- COMMAND...
# Runs a command as a container would: ROOT is all that it sees, beside the system's own folders, which it cannot write; it is the user 1000 and has
# no right over anything. FOLDER is shown at PLACE, to be written even where ROOT is `ro`. It takes no engine and no rights, but namespaces of
# its own: unshare --user --map-root-user --mount sh in-root.sh ...
set -eu
root=$1 workdir=$2 access=$3
shift 3
mount --bind "$root" "$root"
for name in bin sbin lib lib32 lib64 libx32 etc usr; do
  if [ -L "/$name" ]; then
    [ -L "$root/$name" ] || cp -P "/$name" "$root/$name"
  elif [ -d "/$name" ]; then
    mkdir -p "$root/$name"
    mount --rbind "/$name" "$root/$name"
    mount -o remount,bind,ro "$root/$name"
  fi
done
for name in proc dev; do
  mkdir -p "$root/$name"
  mount --rbind "/$name" "$root/$name"
done
while [ "$1" != -- ]; do
  mkdir -p "$root$2"
  mount --bind "$1" "$root$2"
  shift 2
done
shift
if [ "$access" = ro ]; then mount -o remount,bind,ro "$root"; fi
exec unshare --user --map-user=1000 --map-group=1000 --root="$root" --wd="$workdir" "$@"
