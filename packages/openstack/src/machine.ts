import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import type { Chance } from '@belay/cloud';
import { Agent, fetch as undiciFetch } from 'undici';
import type { ConfigSource } from './clouds-yaml.ts';
import type { Fetch } from './http.ts';

/** What is taken from the machine where nobody hands it in: its files and environment, its chance, its network. */
export function machineSource(): ConfigSource {
  return { environment: process.env, folder: process.cwd(), home: homedir(), readText };
}

export const systemChance: Chance = () => Math.random();

/** How a cloud's certificates are judged, and how the caller shows who he is. All as files in PEM. */
export interface Tls {
  /** False takes any certificate: whoever sits in between then sees the token. */
  readonly verify: boolean;
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** `fetch` with certificates of one's own. Connections are kept for the next call and closed when idle. */
export async function machineFetch({ verify, caFile, certFile, keyFile }: Tls): Promise<Fetch> {
  const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map(pemOf));
  const dispatcher = new Agent({
    connect: {
      timeout: connectTimeoutMs,
      rejectUnauthorized: verify,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    },
  });
  return (url, init) => undiciFetch(url, { ...init, dispatcher });
}

const connectTimeoutMs = 5_000;

async function pemOf(path: string | undefined): Promise<string | undefined> {
  return path === undefined ? undefined : readFile(path, 'utf8');
}

/** What is not there, or may not be read, is passed over, as OpenStack's own clients do. */
async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
