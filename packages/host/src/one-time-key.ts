import type { HostError } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { FarSide, Stream } from './call.ts';
import { onlyPass } from './one-pass.ts';
import { quoteWords } from './quote.ts';

/**
 * A key for one pass of a copy. The pair is made on the source, in memory, and its private half never leaves it. The
 * target lets it in for one command, written out word for word, and nothing else: that is narrower than Debian's
 * `rrsync`, which lets any rsync into a folder, does not know the options of ours, and needs Python. The key goes when
 * the pass ends, when the connection that holds the door open is gone, or when the next pass between the same folders
 * finds it; and sshd takes it for the first five minutes only, which is when a pass begins.
 */

/** A key on the source, and what its rsync wants to run at the target. */
export interface OneTimeKey {
  /** The folder with `key` and `known_hosts`. */
  readonly folder: string;
  readonly publicKey: string;
  /** Empty where no command was given. */
  readonly asked: readonly string[];
}

/** Why something cannot be done here, in words for people. */
export interface NoWay {
  readonly noWay: string;
}

/** Words that the key may ask for beside its command: is there a way, and how wide is it. */
export const knock = 'belay-knock';
export const sink = 'belay-sink';

/** What rsync starts in place of ssh to hear which words it would have asked ssh for. It holds no single quote. */
const teller = 'sh -c \'shift; printf "%s\\0" "$@" >&4\' belay';

/** 44: no ssh here. */
const makeScript = `
id=$1 hosts=$2 path=$3
shift 3
command -v ssh >/dev/null && command -v ssh-keygen >/dev/null || exit 44
base=/run
[ -w "$base" ] || base=/tmp
find "$base" -maxdepth 1 -user "$(id -un)" -name 'belay-copy-*' -mmin +10 -exec rm -rf -- {} + 2>/dev/null
folder=$base/belay-copy-$id
rm -rf -- "$folder"
umask 077
mkdir -- "$folder" || exit
ssh-keygen -q -t ed25519 -N '' -C '' -f "$folder/key" </dev/null >/dev/null && printf '%s' "$hosts" >"$folder/known_hosts" || exit
printf '%s\\n' "$folder"
cat -- "$folder/key.pub"
[ "$#" -eq 0 ] || { cd -- "$path" && "$@" 4>&1 >/dev/null 2>&1 </dev/null; }
exit 0
`;

/** Makes the key. `words` are those of rsync, to which the shell that tells is added. */
export async function makeKey(
  source: FarSide,
  id: string,
  hosts: string,
  path: string,
  words: (shell: string) => readonly string[],
): Promise<Result<OneTimeKey | NoWay, HostError>> {
  const made = await source.script(makeScript, [id, hosts, path, ...words(teller)], { changes: true });
  return made.map(({ code, stdout, stderr }) => {
    if (code === 44) return { noWay: `There is no ssh on ${source.at.id}.` };
    const [folder, publicKey] = stdout.split('\n', 2);
    if (code !== 0 || folder === undefined || publicKey === undefined || !publicKey.startsWith('ssh-')) {
      return { noWay: `No key could be made on ${source.at.id}: ${stderr.trim().split('\n').at(-1) ?? ''}` };
    }
    const rest = stdout.slice(folder.length + publicKey.length + 2);
    return { folder, publicKey: publicKey.trim(), asked: rest.split('\0').slice(0, -1) };
  });
}

/** Takes a key away that was never used. */
export async function dropKey(source: FarSide, { folder }: OneTimeKey): Promise<Result<void, HostError>> {
  const gone = await source.must(['rm', '-rf', '--', folder], { changes: true });
  return gone.map(() => undefined);
}

/** How long a new connection may be made with a key, in seconds. */
const openForSeconds = 300;

/**
 * Lets the key in until standard input ends, then says how its command ended. 44, and why: it cannot be let in.
 *
 * A name at the end of the line tells whose it is and until when it holds. Lines of passes between the same folders, and
 * those that hold no longer, are leftovers.
 */
const doorScript = `
id=$1 user=$2 key=$3 pass=$4 command=$5
no() { printf 'no %s\\n' "$1"; exit 44; }
umask 077
base=/run
[ -w "$base" ] || base=/tmp
folder=$base/belay-door-$id
home=$(getent passwd "$user" | cut -d : -f 6)
[ -n "$home" ] || no "There is no account $user."
file=$(sshd -T -C "user=$user,host=belay,addr=127.0.0.1,laddr=127.0.0.1,lport=22" 2>/dev/null | sed -n 's/^authorizedkeysfile //p' | cut -d ' ' -f 1)
[ "$file" != none ] || no 'Its sshd reads no keys from a file.'
file=$(printf '%s' "\${file:-.ssh/authorized_keys}" | sed "s|%h|$home|g; s|%u|$user|g; s|%%|%|g")
case $file in /*) ;; *) file=$home/$file ;; esac
forget() { sed -i --follow-symlinks "/ $1\\$/d" "$file" 2>/dev/null; }
leftovers() { grep -o 'belay-copy-[0-9a-f]\\{16\\}-[0-9]\\{1,\\}$' "$file" 2>/dev/null; }
now=$(date +%s)
for one in $(leftovers); do
  [ "\${one##*-}" -ge "$now" ] && [ "\${one%-*}" != "belay-copy-$id" ] || forget "$one"
done
made=
if ! [ -e "$file" ]; then
  parent=$(dirname -- "$file")
  if ! [ -d "$parent" ]; then mkdir -- "$parent" && chown "$user:" "$parent" && made=both || no "There is no folder $parent."; fi
  : >"$file" && chown "$user:" "$file" || no "$file cannot be written."
  made=\${made:-file}
fi
until=$((now + ${openForSeconds}))
name=belay-copy-$id-$until
shut() {
  trap '' TERM HUP INT PIPE
  forget "$name"
  code=$(cat -- "$folder/code" 2>/dev/null)
  rm -rf -- "$folder"
  if [ -n "$made" ] && ! [ -s "$file" ]; then rm -f -- "$file"; fi
  if [ "$made" = both ]; then rmdir -- "$parent" 2>/dev/null; fi
  printf 'code %s\\n' "\${code:--}"
}
trap shut EXIT
trap 'exit 143' TERM HUP INT PIPE
rm -rf -- "$folder"
mkdir -- "$folder" && printf '%s' "$pass" >"$folder/pass" || no "$folder cannot be made."
# sshd reads the time as one of its own zone.
limit=$(env -u TZ date -d "@$until" +%Y%m%d%H%M%S)
[ -z "$(tail -c 1 -- "$file")" ] || echo >>"$file" || no "$file cannot be written."
printf 'restrict,expiry-time="%s",command="%s %s/pass \\\\"$SSH_ORIGINAL_COMMAND\\\\"" %s %s\\n' \\
  "$limit" "$command" "$folder" "$key" "$name" >>"$file" || no "$file cannot be written."
printf 'open %s\\n' "$folder"
cat >/dev/null
`;

/** Of a wish that is not what was agreed on. */
export const refusedCode = 45;

/** The command that the key runs at the target, as a script: it does what was asked for, where it is what was agreed on. */
function passScript(id: string, path: string, words: readonly string[]): string {
  const asked = words.length === 0 ? '' : `${quoteWords([words.join(' ')])}) ;;`;
  return `
case $1 in
  ${knock}) exit 0 ;;
  ${sink}) exec wc -c ;;
  ${asked}
  *) echo 'This key is for one copy and nothing else.' >&2; echo ${refusedCode} >"\${0%/*}/code"; exit ${refusedCode} ;;
esac
${quoteWords(['cd', '--', path])} || exit 46
PATH=$PATH:/usr/local/bin:/usr/bin:/bin
id=${id}
${onlyPass()}
${words.length === 0 ? 'false' : quoteWords(words)}
code=$?
rm -f -- "$mark"
echo "$code" >"\${0%/*}/code"
exit "$code"
`;
}

/** The way in for the key, while it is held open. */
export interface Door {
  /** Shuts it, and says with which code the command at the target ended; `undefined` where nobody knows. */
  close(): Promise<number | undefined>;
}

/** Opens the door: `asked` is all that the key can do, in this folder. */
export async function openDoor(
  target: FarSide,
  id: string,
  { publicKey, asked }: OneTimeKey,
  path: string,
): Promise<Result<Door | NoWay, HostError>> {
  const { user = 'root', sudo = false } = target.server() ?? {};
  const command = sudo ? 'sudo -n -- sh' : 'sh';
  const args = [id, user, publicKey, passScript(id, path, asked), command];
  const started = await target.stream(['sh', '-c', doorScript, 'belay', ...args]);
  if (started.isErr()) return err(started.error);
  const stream = started.value;
  const said = collect(stream);
  const first = await Promise.race([said.first, stream.ended.then(() => undefined)]);
  if (first?.startsWith('open ') !== true) {
    await stream.end();
    const why = first?.startsWith('no ') === true ? first.slice(3) : 'It did not say why.';
    return ok({ noWay: `${target.at.id} lets no key in: ${why}` });
  }
  return ok({
    async close() {
      stream.running.stdin.end();
      await endSoon(target, stream);
      const [, code] = /^code (\d+)$/m.exec(said.all()) ?? [];
      return code === undefined ? undefined : Number(code);
    },
  });
}

const graceMs = 10_000;

/** It ends by itself; what does not is made to. */
async function endSoon(far: FarSide, stream: Stream): Promise<void> {
  const done = new AbortController();
  const ended = stream.ended.then(() => done.abort());
  const waited = await far.pause(graceMs, done.signal);
  if (waited.isErr() || !done.signal.aborted) await Promise.race([ended, stream.end()]);
}

function collect({ running }: Stream): { readonly first: Promise<string>; readonly all: () => string } {
  let text = '';
  const { promise, resolve } = Promise.withResolvers<string>();
  running.stdout.on('data', (chunk: Buffer) => {
    text = `${text}${chunk.toString()}`.slice(-10_000);
    const end = text.indexOf('\n');
    if (end >= 0) resolve(text.slice(0, end));
  });
  return { first: promise, all: () => text };
}
