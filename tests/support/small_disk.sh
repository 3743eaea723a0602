# Sourced by tests, before anything else, that want a small disk: they run in a mount namespace of their own, where the
# system lets them have one.
if [[ -z ${FXP_OWN_MOUNTS+set} ]]; then
    export FXP_OWN_MOUNTS=
    own_mounts=(unshare --mount --map-root-user)
    if "${own_mounts[@]}" mount -t tmpfs -o size=64k fxp /tmp 2>/dev/null; then
        FXP_OWN_MOUNTS=yes exec "${own_mounts[@]}" bash "$0" "$@"
    fi
fi

small_disks=()

# small_disk FOLDER SIZE: makes the folder, a disk of SIZE as mount takes it, until the test ends. Fails where there can be
# none.
small_disk() {
    [[ -n $FXP_OWN_MOUNTS ]] || { echo "no small disk: unshare --mount or mount is not allowed here"; return 1; }
    mkdir -p "$1"
    mount -t tmpfs -o size="$2" fxp "$1"
    small_disks+=("$1")
    trap 'umount "${small_disks[@]}"; rm -rf "$work"' EXIT
}

# fill_disk FOLDER ROOM: takes all of its disk but ROOM KiB, until FOLDER/filler is removed.
fill_disk() {
    head -c "$(df --output=avail -B1 "$1" | tail -1)" /dev/zero >"$1/filler"
    truncate -s "-$2K" "$1/filler"
}
