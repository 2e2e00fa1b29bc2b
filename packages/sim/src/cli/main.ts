#!/usr/bin/env node
/**
 * `npx @belay/sim <what>`: the parts of the simulation that other processes talk to, from a shell.
 */

import { systemClock } from '@belay/cloud';
import { ec2Command, ec2Usage } from './ec2.ts';
import { onceLeftAlone } from './left-alone.ts';
import { proxyCommand, proxyUsage, type Terminal } from './proxy.ts';

const commands: Readonly<Record<string, (args: readonly string[], terminal: Terminal) => Promise<number>>> = {
  ec2: ec2Command,
  proxy: proxyCommand,
};

const usage = `Usage: npx @belay/sim <command>\n\n${ec2Usage}\n\n${proxyUsage}\n`;

const [name = '', ...args] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (command === undefined) {
  const isAsked = name === '--help' || name === 'help';
  (isAsked ? process.stdout : process.stderr).write(usage);
  process.exitCode = isAsked ? 0 : 2;
} else {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  // npm says of itself that it is there; a command that a shell has put into the background may outlive the shell.
  const isByNpm = process.env['npm_command'] !== undefined;
  const endWatch = isByNpm ? onceLeftAlone(() => stop.abort(), { clock: systemClock }) : undefined;
  process.exitCode = await command(args, {
    out: (line) => process.stdout.write(`${line}\n`),
    complain: (line) => process.stderr.write(`${line}\n`),
    signal: stop.signal,
  });
  endWatch?.();
}
