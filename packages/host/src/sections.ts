/**
 * Several questions in one round. A script asks them in sections; every line of an answer is indented by one space,
 * so that nothing in an answer, not even the name of a file, is taken for the beginning of another.
 */

/** One question: its name, and the constant script that prints the answer. `"$@"` are the arguments of all. */
export interface Question {
  readonly name: string;
  readonly script: string;
}

/** What came of one question. */
export interface Section {
  readonly code: number;
  readonly text: string;
}

/** The script that asks all of them, one after the other; one that fails keeps no other from being asked. */
export function askAll(questions: readonly Question[]): string {
  return `exec 3>&1\n${questions.map(sectionScript).join('')}`;
}

function sectionScript(question: Question): string {
  // The code goes around the pipe by a descriptor of its own.
  return `
printf '@begin %s\\n' ${question.name}
code=$( { { (
${question.script}
) 4>&- 3>&- 2>/dev/null; printf '%s' $? >&4; } | sed 's/^/ /' >&3; } 4>&1 )
printf '\\n@end %s %s\\n' ${question.name} "$code"
`;
}

/** The answers by name. A question whose end is missing is not among them. */
export function readSections(text: string): ReadonlyMap<string, Section> {
  const found = new Map<string, Section>();
  let name: string | undefined;
  let lines: string[] = [];
  for (const line of text.split('\n')) {
    const begin = /^@begin (\S+)$/.exec(line);
    const end = /^@end (\S+) (\d+)$/.exec(line);
    if (begin?.[1] !== undefined) {
      name = begin[1];
      lines = [];
    } else if (end?.[1] !== undefined && end[1] === name) {
      found.set(name, { code: Number(end[2]), text: lines.join('\n') });
      name = undefined;
    } else if (name !== undefined && line.startsWith(' ')) {
      lines.push(line.slice(1));
    }
  }
  return found;
}
