/**
 * What runs inside an instance before and beside its services, as shell scripts: its first process, and the one that
 * gives it its disks. They need nothing but what every Debian has, and runit.
 */

/**
 * Runs as the first process of new namespaces and turns them into a server: `$1` its home on the box, `$2` the image
 * under its root, `$3` its name, then pairs of folders to show it. It says its own process number, lets the box give it
 * a network, and becomes `/etc/lab/init`.
 */
export const bootScript = `
set -eu
home=$1 image=$2 name=$3
shift 3
read -r pid rest < /proc/self/stat
root=$home/root
mount -t overlay overlay -o "lowerdir=$image,upperdir=$home/upper,workdir=$home/work" "$root"
mount -t overlay overlay -o "lowerdir=/usr,upperdir=$home/usr-upper,workdir=$home/usr-work" "$root/usr"
while [ $# -ge 2 ]; do
  mkdir -p "$root$2"
  mount -t overlay -o "ro,lowerdir=$1:$home/nothing" overlay "$root$2"
  shift 2
done
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=755,size=1m block "$root/sys/class/block"
mount -t tmpfs -o mode=755,size=64k block "$root/sys/block"
mount -t tmpfs -o mode=755,size=64k bus "$root/sys/bus"
mkdir -p "$root/sys/bus/block/devices"
mount -t cgroup2 cgroup "$root/sys/fs/cgroup" 2>/dev/null || true
mount -t tmpfs -o mode=755 run "$root/run"
cp "$home/boot-id" "$root/run/boot-id"
mount --bind "$root/run/boot-id" "$root/proc/sys/kernel/random/boot_id"
mount -t tmpfs -o mode=755,size=16m dev "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm" "$root/run/sshd" "$root/run/lock" "$root/run/lab-services"
printf '/sys/fs/cgroup/belay-%s\\n' "\${home##*/}" > "$root/run/lab-group"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
(
  cd "$root/dev"
  mknod -m 666 null c 1 3
  mknod -m 666 zero c 1 5
  mknod -m 666 full c 1 7
  mknod -m 666 random c 1 8
  mknod -m 666 urandom c 1 9
  mknod -m 666 tty c 5 0
  ln -s pts/ptmx ptmx
  ln -s /proc/self/fd fd
  ln -s fd/0 stdin
  ln -s fd/1 stdout
  ln -s fd/2 stderr
)
hostname "$name"
printf '%s\\n' "$name" > "$root/etc/hostname"
printf '127.0.0.1 localhost\\n::1 localhost\\n127.0.1.1 %s\\n' "$name" > "$root/etc/hosts"
cp "$home/disks" "$root/run/lab-disks"
printf '%s\\n' "$pid" > "$home/pid.draft"
mv "$home/pid.draft" "$home/pid"
read -r go < "$home/go"
cd "$root"
mkdir -p .box
pivot_root . .box
umount -l /.box
exec /etc/lab/init
`;

/** The first process after the boot: mounts what fstab names, runs user data once, starts services, stops them in order. */
export const initScript = `#!/bin/sh
# First process of a lab instance. On TERM it stops all services, as a machine does that is switched off in order.
PATH=/usr/sbin:/usr/bin
export PATH LC_ALL=C.UTF-8
halt=
trap 'halt=yes' TERM
while read -r serial major minor; do
  /etc/lab/disk add "$serial" "$major" "$minor"
done < /run/lab-disks
mount -a
data=/var/lib/lab/user-data
if [ -f "$data" ] && [ ! -e "$data.done" ]; then
  touch "$data.done"
  case $(head -c 2 "$data") in
    '#!') cp "$data" /run/user-data && chmod 700 /run/user-data && /run/user-data > /var/log/user-data.log 2>&1 ;;
  esac
fi
# A supervisor for each service, in a control group that bears its name: so one sees whose a process is, as with systemd.
group=$(cat /run/lab-group)
look() {
  for one in /etc/service/*/; do
    name=$(basename "$one")
    pid=/run/lab-services/$name
    if [ ! -e "$one/run" ] || { [ -e "$pid" ] && kill -0 "$(cat "$pid")" 2>/dev/null; }; then continue; fi
    (
      if mkdir -p "$group/$name.service"; then echo 0 > "$group/$name.service/cgroup.procs"; fi 2>/dev/null
      exec setsid runsv "$one"
    ) &
    echo $! > "$pid"
  done
}
while [ -z "$halt" ]; do
  look
  sleep 1 &
  wait $!
done
for service in /etc/service/*; do sv -w 10 force-shutdown "$service" > /dev/null 2>&1 & done
wait
umount -a -t ext4,xfs 2>/dev/null
exit 0
`;

/**
 * Gives the guest a disk, or takes it away, with the names under which one looks for it: the kernel's own name, links
 * by id and by UUID, and what `lsblk` reads of udev. A disk with nothing on it is looked at until something is.
 */
export const diskScript = `#!/bin/sh
# disk add <serial> <major> <minor> | disk remove <serial> | disk watch <serial> <name>
set -eu
PATH=/usr/sbin:/usr/bin
verb=$1 serial=$2
links=/dev/disk
link=$links/by-id/virtio-$serial
forget() {
  for one in "$links"/by-uuid/*; do
    if [ "$(readlink "$one")" = "../../$1" ]; then rm -f "$one"; fi
  done
}
tell() {
  number=$(cat "/sys/block/$1/dev")
  uuid=$(blkid -p -o value -s UUID "/dev/$1") || uuid=
  kind=$(blkid -p -o value -s TYPE "/dev/$1") || kind=
  if [ -n "$uuid" ]; then ln -sf "../../$1" "$links/by-uuid/$uuid"; fi
  {
    printf 'I:1\\nE:ID_SERIAL=%s\\nE:ID_SERIAL_SHORT=%s\\n' "$serial" "$serial"
    if [ -n "$kind" ]; then
      printf 'E:ID_FS_TYPE=%s\\nE:ID_FS_UUID=%s\\nE:ID_FS_UUID_ENC=%s\\n' "$kind" "$uuid" "$uuid"
    fi
  } > "/run/udev/data/b$number.draft"
  mv "/run/udev/data/b$number.draft" "/run/udev/data/b$number"
  [ -n "$kind" ]
}
case $verb in
  add)
    name=$(basename "$(readlink "/sys/dev/block/$3:$4")")
    mkdir -p "$links/by-id" "$links/by-uuid" /run/udev/data
    rm -f "/dev/$name" "$link"
    mknod -m 660 "/dev/$name" b "$3" "$4"
    ln -sfn "../devices/virtual/block/$name" "/sys/block/$name"
    # Where libudev looks first: it takes nothing that is not of the kernel's own making.
    ln -sfn "../../../devices/virtual/block/$name" "/sys/bus/block/devices/$name"
    # A loop device says no serial, and a virtio disk does: all that the kernel tells of it, and that.
    rm -rf "/sys/class/block/$name"
    mkdir "/sys/class/block/$name"
    ln -s "/sys/devices/virtual/block/$name"/* "/sys/class/block/$name/"
    printf '%s' "$serial" > "/sys/class/block/$name/serial"
    ln -s "../../$name" "$link"
    forget "$name"
    tell "$name" || setsid --fork "$0" watch "$serial" "$name" > /dev/null 2>&1 < /dev/null
    test -b "$link"
    ;;
  watch)
    while [ "$(readlink "$link")" = "../../$3" ] && ! tell "$3"; do sleep 0.5; done
    ;;
  remove)
    if [ -L "$link" ]; then
      name=$(basename "$(readlink "$link")")
      rm -f "$link" "/run/udev/data/b$(cat "/sys/block/$name/dev")"
      forget "$name"
      rm -rf "/dev/$name" "/sys/block/$name" "/sys/bus/block/devices/$name" "/sys/class/block/$name"
    fi
    ;;
esac
`;

/**
 * Lists, stops, starts, masks and unmasks the services of an instance, in the words that a command as init system has
 * for `@belay/host`. Beneath it is runit: a folder with a program `run` under `/etc/service` is a service, a `check`
 * in it says when it is up, and `stop-seconds` how long it may take to stop.
 */
export const serviceScript = `#!/bin/sh
# service list | service stop|start <name> | service mask|unmask <name>...
set -eu
PATH=/usr/sbin:/usr/bin
home=/etc/service
times=/run/lab-stops
tab=$(printf '\\t')
seconds() {
  if [ -r "$home/$1/stop-seconds" ]; then cat "$home/$1/stop-seconds"; else echo 10; fi
}
state() {
  case $(sv status "$home/$1" 2>/dev/null) in
    run:*) echo active ;;
    *'want up'*) echo failed ;;
    down:*'normally up'*|down:*) echo inactive ;;
    *) echo unknown ;;
  esac
}
installed() {
  case $1 in
    ''|.*|*/*) echo "There is no service $1." >&2; exit 4 ;;
  esac
  if [ ! -d "$home/$1" ]; then echo "There is no service $1." >&2; exit 4; fi
}
verb=$1
shift
case $verb in
  list)
    for one in "$home"/*/; do
      name=$(basename "$one")
      mask=free
      if [ -e "$one/masked" ]; then mask=masked; fi
      last=-
      if [ -r "$times/$name" ]; then last=$(cat "$times/$name"); fi
      printf 'service\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "$name" "$(state "$name")" "$mask" "$(seconds "$name")000" "$last"
    done
    ;;
  stop)
    installed "$1"
    began=$(date +%s%N)
    sv -w "$(seconds "$1")" force-stop "$home/$1" > /dev/null
    mkdir -p "$times"
    echo $((($(date +%s%N) - began) / 1000000)) > "$times/$1"
    test "$(state "$1")" = inactive
    ;;
  start)
    installed "$1"
    if [ -e "$home/$1/masked" ]; then echo "$1 is masked." >&2; exit 5; fi
    sv -w 30 start "$home/$1" > /dev/null
    if [ ! -e "$home/$1/check" ]; then sleep 0.2; fi
    if [ "$(state "$1")" != active ]; then echo "$1 did not come up." >&2; exit 6; fi
    ;;
  mask)
    for name; do installed "$name"; done
    for name; do
      touch "$home/$name/masked" "$home/$name/down"
      chmod a-x "$home/$name/run"
    done
    ;;
  unmask)
    for name; do installed "$name"; done
    for name; do
      chmod a+x "$home/$name/run"
      rm -f "$home/$name/masked" "$home/$name/down"
    done
    ;;
  *)
    echo "There is no verb $verb." >&2
    exit 2
    ;;
esac
`;

/** A service of runit: sshd with the keys of this instance and of this lab, and nothing but keys. */
export const sshdService = `#!/bin/sh
exec 2>&1
mkdir -p /run/sshd
exec /usr/sbin/sshd -D -e -f /etc/ssh/sshd_config
`;

export const sshdConfig = `Port 22
HostKey /etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile /etc/ssh/authorized_keys
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PrintMotd no
AcceptEnv LANG LC_*
MaxSessions 100
MaxStartups 100
Subsystem sftp internal-sftp
`;
