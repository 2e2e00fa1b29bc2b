import type { FreezeSpec, Frozen, HostError, Thawed } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { type FarSide, saidBy } from './call.ts';

/**
 * Holds a filesystem still with `fsfreeze`, and never for longer than was said: a watch on the server thaws it, also
 * when nobody is connected any more. Whoever takes the mark under `/run/belay` away first is the one who thaws, so it is
 * known afterwards whether the freeze held.
 */
const freezeScript = `
point=$1 seconds=$2
mountpoint -q -- "$point" || exit 41
mkdir -p -m 700 /run/belay || exit
mark=/run/belay/frozen-$(stat -c %d -- "$point")
if mv "$mark" "$mark.old" 2>/dev/null; then
  read -r watch <"$mark.old"
  kill -s KILL -- "-$watch" 2>/dev/null
  rm -f "$mark.old"
  again=yes
fi
setsid sh -c '
  while ! [ -e "$2" ]; do sleep 0.05; done
  sleep "$1"
  mv "$2" "$2.late" 2>/dev/null || exit 0
  fsfreeze -u -- "$3"
  rm -f "$2.late"
' belay "$seconds" "$mark" "$point" </dev/null >/dev/null 2>&1 &
printf '%s\\n' "$!" >"$mark.new" && mv "$mark.new" "$mark" || exit
[ "$again" = yes ] && exit 0
fsfreeze -f -- "$point" && exit 0
code=$?
rm -f "$mark"
kill -s KILL -- "-$!" 2>/dev/null
exit "$code"
`;

const thawScript = `
point=$1
mountpoint -q -- "$point" || exit 41
mark=/run/belay/frozen-$(stat -c %d -- "$point")
mv "$mark" "$mark.thawed" 2>/dev/null || exit 42
read -r watch <"$mark.thawed"
fsfreeze -u -- "$point" || exit 43
kill -s KILL -- "-$watch" 2>/dev/null
rm -f "$mark.thawed"
exit 0
`;

const longestMs = 600_000;

export async function freeze(
  far: FarSide,
  { mountPoint, forAtMostMs }: FreezeSpec,
): Promise<Result<Frozen, HostError>> {
  if (!(forAtMostMs >= 1 && forAtMostMs <= longestMs)) {
    return err(far.fail('invalid', `${forAtMostMs} ms is no time to freeze for.`));
  }
  const untilMs = far.nowMs() + forAtMostMs;
  const done = await far.script(freezeScript, [mountPoint, (forAtMostMs / 1000).toFixed(3)], {
    changes: true,
  });
  return done.andThen(({ code, stderr }) => {
    if (code === 41) return err(far.fail('not-found', `Nothing is mounted at ${mountPoint}.`));
    if (code !== 0) return err(far.fail('failed', saidBy(['fsfreeze'], code, stderr)));
    return ok({ mountPoint, until: new Date(untilMs).toISOString() });
  });
}

export async function thaw(far: FarSide, mountPoint: string): Promise<Result<Thawed, HostError>> {
  const done = await far.script(thawScript, [mountPoint], { changes: true });
  return done.andThen(({ code, stderr }) => {
    if (code === 41) return err(far.fail('not-found', `Nothing is mounted at ${mountPoint}.`));
    if (code === 0 || code === 42) return ok({ mountPoint, held: code === 0 });
    return err(far.fail('failed', saidBy(['fsfreeze'], code, stderr), 'unknown'));
  });
}
