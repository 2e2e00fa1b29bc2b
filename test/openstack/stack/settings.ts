// What can be chosen about the test stack, read from the environment once. Everything else is fixed.

import { createHash } from 'node:crypto';
import { resolve } from 'node:path';

export interface Settings {
  /** State, configuration and logs; `BELAY_OPENSTACK_DIR`, else `.cache/openstack` of this clone. */
  readonly folder: string;
  /** The database's socket is here, not in the folder: a socket's path may have no more than 107 bytes. */
  readonly socket: string;
  readonly ports: Ports;
  /** How long each act on a volume takes; `BELAY_OPENSTACK_VOLUME_DELAY_S`, else 0. */
  readonly volumeDelayS: number;
}

export interface Ports {
  readonly identity: number;
  readonly compute: number;
  readonly volume: number;
  readonly placement: number;
  readonly image: number;
  readonly network: number;
  readonly bus: number;
  readonly erlang: number;
  readonly epmd: number;
}

/** The ports that people know; `BELAY_OPENSTACK_PORTS=21000` takes 21000 to 21008 instead, in this order. */
const usual: Ports = {
  identity: 5000,
  compute: 8774,
  volume: 8776,
  placement: 8778,
  image: 9292,
  network: 9696,
  bus: 5672,
  erlang: 25672,
  epmd: 4369,
};

const clone = resolve(import.meta.dirname, '..', '..', '..');

export function settingsFrom(env: Readonly<Record<string, string | undefined>>): Settings {
  const folder = resolve(env['BELAY_OPENSTACK_DIR'] ?? `${clone}/.cache/openstack`);
  const digest = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  return {
    folder,
    socket: `/run/belay-openstack-${digest}/mariadb.sock`,
    ports: portsFrom(numberFrom(env, 'BELAY_OPENSTACK_PORTS')),
    volumeDelayS: numberFrom(env, 'BELAY_OPENSTACK_VOLUME_DELAY_S') ?? 0,
  };
}

function portsFrom(base: number | undefined): Ports {
  if (base === undefined) return usual;
  return {
    identity: base,
    compute: base + 1,
    volume: base + 2,
    placement: base + 3,
    image: base + 4,
    network: base + 5,
    bus: base + 6,
    erlang: base + 7,
    epmd: base + 8,
  };
}

function numberFrom(env: Readonly<Record<string, string | undefined>>, name: string): number | undefined {
  const text = env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`${name} must be a number and is ${text}.`);
  return value;
}
