// The programs inside the test's servers: what boots them, what supervises their services, and what stands before rsync.

/**
 * Boots a server in namespaces of its own. `$1` is its folder, `$2` its name, `$3` its address with prefix; the rest
 * are its disks, as `number:serial`.
 */
export const bootScript = `#!/bin/sh
set -e
root=$1 name=$2 address=$3
shift 3
mount --make-rprivate /
hostname "$name"
mount -t proc proc /proc
mount --bind "$root/boot_id" /proc/sys/kernel/random/boot_id
mkdir -p "$root/etc" "$root/work"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$root/etc,workdir=$root/work" /etc
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /srv
# What the box's own user has set up for a shell is not asked for here.
mount -t tmpfs tmpfs "$HOME"
[ "$HOME" = ~root ] || mount -t tmpfs tmpfs ~root
mkdir -m 700 ~root/.ssh
cp "$root/authorized_keys" ~root/.ssh/authorized_keys
mount --bind "$root/rsync" /usr/bin/rsync
mkdir "$root/dev"
mount -t tmpfs tmpfs "$root/dev"
for file in null zero full random urandom tty; do
  touch "$root/dev/$file"
  mount --bind "/dev/$file" "$root/dev/$file"
done
mount --move "$root/dev" /dev
rmdir "$root/dev"
ln -s /proc/self/fd /dev/fd
mkdir -p /dev/disk/by-id /run/sshd
for disk; do
  mknod "/dev/loop\${disk%%:*}" b 7 "\${disk%%:*}"
  ln -s "../../loop\${disk%%:*}" "/dev/disk/by-id/virtio-\${disk#*:}"
done
[ -e "$root/etc/fstab" ] || : >/etc/fstab
while read -r source point type options _ || [ -n "$source" ]; do
  case $source in UUID=*) ;; *) continue ;; esac
  mkdir -p "$point"
  for disk; do
    device=/dev/loop\${disk%%:*}
    if [ "UUID=$(blkid -p -o value -s UUID "$device")" = "$source" ]; then mount -t "$type" -o "$options" "$device" "$point"; fi
  done
done </etc/fstab
ip link set lo up
while ! ip link show eth0 >/dev/null 2>&1; do sleep 0.02; done
ip address add "$address" dev eth0
ip link set eth0 up
ip route add 10.213.0.0/16 via "\${address%.*}.1"
"$root/supervise" boot
/usr/sbin/sshd -f "$root/sshd_config" -E "$root/sshd.log"
touch "$root/up"
while :; do sleep 3600 & wait; done
`;

/** Supervises services: a folder each, with \`run\` and \`kind\`. Speaks as \`commandInit\` asks for. */
export const superviseScript = (root: string): string => `#!/bin/sh
home=${root}/services
pid() { cat "$home/$1/pid" 2>/dev/null; }
is_up() {
  [ "$(cat "$home/$1/kind")" = service ] || { ! [ -e "$home/$1/masked" ]; return; }
  [ -n "$(pid "$1")" ] && kill -0 "$(pid "$1")" 2>/dev/null
}
known() { [ -d "$home/$1" ] || { echo "There is no $1." >&2; exit 3; }; }
begin() {
  is_up "$1" && return
  setsid "$home/$1/run" </dev/null >/dev/null 2>&1 &
  echo "$!" >"$home/$1/pid"
}
verb=$1
shift
case $verb in
  boot)
    for folder in "$home"/*; do
      rm -f "$folder/pid"
      [ -e "$folder/masked" ] || [ "$(cat "$folder/kind")" != service ] || begin "\${folder##*/}"
    done ;;
  list)
    for folder in "$home"/*; do
      name=\${folder##*/} state=inactive mask=free
      if is_up "$name"; then state=active; fi
      if [ -e "$folder/masked" ]; then mask=masked; fi
      printf '%s\\t%s\\t%s\\t%s\\t5000\\t-\\n' "$(cat "$folder/kind")" "$name" "$state" "$mask"
    done ;;
  stop)
    known "$1"
    is_up "$1" || exit 0
    kill -s TERM -- "-$(pid "$1")"
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
      is_up "$1" || exit 0
      sleep 0.2
    done
    kill -s KILL -- "-$(pid "$1")"
    sleep 0.2
    ! is_up "$1" ;;
  start)
    known "$1"
    if [ -e "$home/$1/masked" ]; then echo "$1 is masked." >&2; exit 4; fi
    begin "$1"
    sleep 0.1
    is_up "$1" ;;
  mask) for name; do known "$name"; done; for name; do touch "$home/$name/masked"; done ;;
  unmask) for name; do known "$name"; done; for name; do rm -f "$home/$name/masked"; done ;;
esac
`;

/**
 * Stands before rsync and does once what \`plan\` says: lets a file vanish, spoils one, or goes slowly. The words and
 * codes are those of rsync itself.
 */
export const rsyncScript = (root: string, real: string): string => `#!/bin/sh
case " $* " in *' --server '*) exec ${real} "$@" ;; esac
# A call that only wants to hear what it would ask for is no pass, and hears what the pass will ask for.
case "$*" in
  *">&4' belay"*)
    if [ "$(cat ${root}/plan 2>/dev/null)" = slow ]; then set -- --bwlimit=4000 "$@"; fi
    exec ${real} "$@" ;;
esac
plan=$(cat ${root}/plan 2>/dev/null)
rm -f ${root}/plan
case $plan in
  vanish*)
    path=\${plan#vanish }
    rm -f "$path"
    ${real} "$@"
    printf 'file has vanished: "%s"\\n' "$path" >&2
    exit 24 ;;
  spoil)
    ${real} "$@"
    echo 'rsync: [sender] send_files failed to open "/srv/data/secret": Permission denied (13)' >&2
    exit 23 ;;
  slow)
    touch ${root}/slow
    exec ${real} --bwlimit=4000 "$@" ;;
  *) exec ${real} "$@" ;;
esac
`;

export const sshdConfig = (root: string, keys: string): string => `Port 22
ListenAddress 0.0.0.0
HostKey ${keys}/host
AuthorizedKeysFile .ssh/authorized_keys
PidFile ${root}/sshd.pid
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
`;
