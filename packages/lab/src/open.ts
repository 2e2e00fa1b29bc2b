import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type CloudError, type CloudResult, cloudError, keyTurns, type Place } from '@belay/cloud';
import { err, ok, type Result, ResultAsync, safeTry } from 'neverthrow';
import { openBridge } from './bridge.ts';
import { command } from './command.ts';
import { makeImage } from './image.ts';
import { type Lab, labOver } from './lab.ts';
import { linux } from './linux.ts';
import { withLocks } from './locks.ts';
import type { Machine } from './machine.ts';
import { openShelves } from './records.ts';
import { defaultInstanceTypes, type LabSettings } from './settings.ts';
import { openWire, type Site, type Wire } from './site.ts';
import { change, provider, type Span } from './span.ts';
import { makeLabKey, writeKnownHosts } from './ssh-keys.ts';
import { sweep } from './sweep.ts';
import { openTransit } from './transit.ts';
import { serveZone } from './zone.ts';

/** Where the lab lives, and what it offers. What is left out is as the folder says, or has a default. */
export interface LabOptions extends Partial<LabSettings> {
  /** Everything of the lab is in here: records, disks, root filesystems, keys. Made where it is not there. */
  readonly folder: string;
  /** `lab` where absent. */
  readonly account?: string | undefined;
  /** The name of the region: another one for each lab that one registry of clouds is to know. `box` where absent. */
  readonly region?: string | undefined;
  /** `10.77.3`: the first three parts of its addresses. One that is free on the box, where absent. */
  readonly subnet?: string | undefined;
  /** For the whole opening, in milliseconds; a minute where absent. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens the lab in this folder, or makes it. What a process that died left half done is finished or cleared away first;
 * instances that run go on running. `unsupported` where this is not Linux, not root, or not all of Debian that is
 * needed: the message says what.
 */
export function openLab(options: LabOptions): ResultAsync<Lab, CloudError> {
  return openLabOn(linux, options);
}

/** The same over another machine, and with something between the port and the lab. For tests. */
export function openLabOn(
  machine: Machine,
  options: LabOptions,
  wire: Wire = openWire,
): ResultAsync<Lab, CloudError> {
  return new ResultAsync(open(machine, options, wire));
}

const operation = 'openLab';

async function open(machine: Machine, options: LabOptions, wire: Wire): Promise<Result<Lab, CloudError>> {
  const unfit = await machine.unfit();
  if (unfit !== undefined) return err(cloudError('unsupported', { provider, operation }, unfit));
  const folder = resolve(options.folder);
  const strange = await strangerIn(folder);
  if (strange !== undefined) return err(cloudError('invalid', { provider, operation }, strange));
  for (const part of ['locks', 'homes', 'disks', 'ssh']) {
    await mkdir(join(folder, part), { recursive: true, mode: 0o700 });
  }
  const blank: Site = {
    at: { provider, account: options.account ?? 'lab', region: options.region ?? 'box' },
    folder,
    machine,
    shelves: await openShelves(folder),
    settings: { zones: ['a'], instanceTypes: [], binds: [], authorizedKeys: [] },
    prefix: '',
    subnet: '',
    turns: keyTurns(),
    wire,
  };
  return change(blank, operation, options, (span) =>
    withLocks(span, ['00-open'], () =>
      readPlan(span, options).andThen((plan) => {
        const { at, prefix, subnet, settings } = plan;
        const site: Site = { ...blank, at, prefix, subnet, settings };
        return setUp({ ...span, site }).map(() => labOver(site));
      }),
    ),
  );
}

/** A folder with something else in it is left alone. */
async function strangerIn(folder: string): Promise<string | undefined> {
  const names = await readdir(folder).catch((): string[] => []);
  const isOurs = names.length === 0 || names.includes('lab.json') || names.includes('locks');
  return isOurs ? undefined : `${folder} is not empty, and no lab.`;
}

function setUp(span: Span): CloudResult<void> {
  return safeTry(async function* () {
    yield* makeImage(span);
    yield* makeLabKey(span);
    yield* openBridge(span);
    yield* openTransit(span);
    yield* serveZone(span);
    yield* sweep(span);
    return writeKnownHosts(span);
  });
}

/** What a lab is from its first opening on. */
interface LabPlan {
  readonly version: 1;
  readonly at: Place;
  readonly prefix: string;
  readonly subnet: string;
  readonly settings: LabSettings;
}

function readPlan(span: Span, options: LabOptions): CloudResult<LabPlan> {
  const file = join(span.site.folder, 'lab.json');
  return safeTry(async function* () {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    // Only this function writes the file, whole or not at all.
    const saved = text === undefined ? undefined : (JSON.parse(text) as LabPlan);
    const subnet = saved?.subnet ?? options.subnet ?? (yield* freeSubnet(span));
    const plan: LabPlan = {
      version: 1,
      at: {
        provider,
        account: options.account ?? saved?.at.account ?? 'lab',
        region: options.region ?? saved?.at.region ?? 'box',
      },
      prefix: saved?.prefix ?? `lab${digest(span.site.folder).slice(0, 6)}`,
      subnet,
      settings: {
        zones: options.zones ?? saved?.settings.zones ?? ['a'],
        instanceTypes: options.instanceTypes ?? saved?.settings.instanceTypes ?? defaultInstanceTypes,
        dnsZone: options.dnsZone ?? saved?.settings.dnsZone,
        transit: options.transit ?? saved?.settings.transit,
        binds: options.binds ?? saved?.settings.binds ?? [],
        authorizedKeys: options.authorizedKeys ?? saved?.settings.authorizedKeys ?? [],
      },
    };
    await writeFile(`${file}.draft`, JSON.stringify(plan, undefined, 2), { flush: true });
    await rename(`${file}.draft`, file);
    return ok(plan);
  });
}

/** A subnet of the private range that the box has no address or route in. */
function freeSubnet(span: Span): CloudResult<string> {
  return command(span, ['ip', '-4', 'route', 'show', 'table', 'all']).map((routes) => {
    const first = Number.parseInt(digest(span.site.folder).slice(0, 4), 16);
    const candidates = Array.from({ length: 16_384 }, (_, i) => {
      const number = (first + i) % 16_384;
      return `10.${64 + Math.floor(number / 256)}.${number % 256}`;
    });
    return candidates.find((subnet) => !routes.includes(`${subnet}.`)) ?? '10.64.0';
  });
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
