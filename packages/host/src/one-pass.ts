import { endGroup } from './wrapping.ts';

/**
 * One pass of a copy at a time between the same two folders. What a pass has started at the target goes on while the
 * machine that started it sleeps, and goes on writing when that machine wakes up: over what has been served since, where
 * another process has taken the run over, made the same pass and cut over. So each pass leaves its process group at the
 * target, and first ends the one that an earlier pass has left there.
 *
 * A shell runs this before the program of the pass, with `$id` as the name of the pair of folders; `$mark` is to be
 * removed behind it. Whoever may not write to the folder of the marks leaves none.
 */
export function onlyPass(folder = '/run/belay'): string {
  return `
field() { { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return; at=$2; set -- \${stat##*) }; shift "$at"; echo "$1"; }
mark=${folder}/pass-$id
if { read -r group began <"$mark"; } 2>/dev/null; then
  now=$(field "$group" 19)
  # A group that began at another time is somebody else's, who was given its number.
  if [ -z "$now" ] || [ "$now" = "$began" ]; then (set -- "$group"; ${endGroup}); fi
fi
group=$(field $$ 2)
{ mkdir -p -m 700 ${folder} && printf '%s %s\\n' "$group" "$(field "$group" 19)" >"$mark.new" && mv "$mark.new" "$mark"; } 2>/dev/null
`;
}
