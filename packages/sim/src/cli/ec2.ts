import { parseArgs } from 'node:util';
import { err, ok, type Result } from 'neverthrow';
import { type Ec2Options, startEc2 } from '../ec2/start.ts';
import type { Terminal } from './proxy.ts';

/** `ec2`: a simulated EC2 and Route 53 on a port, until it is told to end. */
export const ec2Usage = `ec2 [options]   a simulated EC2 and Route 53 for the SDKs of AWS

  --port 8770             where it listens; a free port where absent
  --time-scale 60         how fast time goes: 60 makes a minute of a second; 1 where absent
  --region us-east-1      the region that it is
  --seed 7                decides ids, latencies and everything else that chance decides
  --file world.json       keeps the world there, so that it goes on after a restart
  --zone shop.example     a hosted zone of Route 53 that is there from the beginning; may be given several times
  --access-key ID:secret  a key that is let in, and no other; its signatures are checked; may be given several times

Faults, time and state are at /_belay/: see the README.`;

/** Resolves with the exit code: 0 when it was told to end, 1 when it could not begin, 2 for arguments without sense. */
export async function ec2Command(args: readonly string[], terminal: Terminal): Promise<number> {
  const { out, complain, signal } = terminal;
  if (args.includes('--help')) {
    out(ec2Usage);
    return 0;
  }
  const options = readArguments(args);
  if (options.isErr()) {
    complain(`${options.error}\n\n${ec2Usage}`);
    return 2;
  }
  const server = await startEc2(options.value);
  if (server.isErr()) {
    complain(server.error.message);
    return 1;
  }
  const { url, close, sim } = server.value;
  out(`ec2 ${url}`);
  // Without a key of its own an SDK sends nothing at all. One that was named is its owner's to export.
  const anyKey = options.value.accessKeys ? '' : ' AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any';
  out(`export AWS_ENDPOINT_URL=${url} AWS_REGION=${sim.at.region}${anyKey}`);
  for (const { id, name } of Object.values(sim.world.state().images)) out(`image ${id} ${name}`);
  await fired(signal);
  await close();
  return 0;
}

function readArguments(args: readonly string[]): Result<Ec2Options, string> {
  return parse(args).andThen((given): Result<Ec2Options, string> => {
    const { port, 'time-scale': scale, region, seed, file, zone: hostedZones, 'access-key': keys } = given;
    if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) < 65_536)) {
      return err(`'${port}' is no port.`);
    }
    if (scale !== undefined && !(Number(scale) > 0 && Number.isFinite(Number(scale)))) {
      return err(`'${scale}' is no time scale: it is a number above 0.`);
    }
    const bad = keys.find((key) => !/^[^:]+:.+$/s.test(key));
    if (bad !== undefined) return err('An access key is written ID:secret.');
    return ok({
      hostedZones,
      ...(port !== undefined && { port: Number(port) }),
      ...(scale !== undefined && { timeScale: Number(scale) }),
      ...(keys.length > 0 && { accessKeys: Object.fromEntries(keys.map(keyAndSecret)) }),
      world: { ...(region !== undefined && { region }), ...(seed !== undefined && { seed }), file },
    });
  });
}

type Given = ReturnType<typeof readValues>;

function parse(args: readonly string[]): Result<Given, string> {
  try {
    return ok(readValues(args));
  } catch (thrown) {
    // That is how `parseArgs` says that an argument makes no sense.
    return err(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function readValues(args: readonly string[]): {
  port?: string;
  'time-scale'?: string;
  region?: string;
  seed?: string;
  file?: string;
  zone: string[];
  'access-key': string[];
} {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string' },
      'time-scale': { type: 'string' },
      region: { type: 'string' },
      seed: { type: 'string' },
      file: { type: 'string' },
      zone: { type: 'string', multiple: true, default: [] },
      'access-key': { type: 'string', multiple: true, default: [] },
    },
  });
  return values;
}

function keyAndSecret(given: string): readonly [string, string] {
  const colon = given.indexOf(':');
  return [given.slice(0, colon), given.slice(colon + 1)];
}

function fired(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
