// Takes away what test:host has made when its process is gone, however it went: `janitor.ts <folder>`, with its standard
// input held open by that process. Where everything is gone already, it has nothing to do.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename } from 'node:path';

const folder = process.argv[2] ?? '';
for await (const _ of process.stdin);
if (existsSync(folder)) {
  // Servers end with the first process of each, and their mounts with them.
  for (let tries = 0; processes().length > 0 && tries < 100; tries += 1) {
    for (const pid of processes()) spawnSync('kill', ['-KILL', String(pid)], { stdio: 'ignore' });
    await pause();
  }
  for (let tries = 0; loops().length > 0 && tries < 100; tries += 1) {
    for (const device of loops()) spawnSync('losetup', ['--detach', device], { stdio: 'ignore' });
    await pause();
  }
  const clear =
    'find "$(findmnt -n -t cgroup2 -o TARGET | head -n 1)" -depth -type d -path "*/belay-systemd-$1-*" -exec rmdir {} +';
  spawnSync('sh', ['-c', clear, 'sh', basename(folder)], { stdio: 'ignore' });
  rmSync(folder, { recursive: true, force: true });
}

/** All that name the folder, but for this one. */
function processes(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => wordsOf(name).includes(`${folder}/`))
    .map(Number);
}

function wordsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // It has ended meanwhile.
    return '';
  }
}

function loops(): readonly string[] {
  return execFileSync('losetup', ['--list', '--noheadings', '--output', 'NAME,BACK-FILE'], {
    encoding: 'utf8',
  })
    .split('\n')
    .filter((line) => line.includes(`${folder}/`))
    .map((line) => line.trim().split(/\s+/)[0] ?? '');
}

function pause(): Promise<void> {
  return new Promise((wake) => setTimeout(wake, 100));
}
