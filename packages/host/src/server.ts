import type { InitSystem } from './init-system.ts';

/** How one gets into a server: as a line in an inventory says it. */
export interface SshServer {
  /** Name or address to connect to. */
  readonly address: string;
  /** 22 where absent. */
  readonly port?: number | undefined;
  /** `root` where absent. */
  readonly user?: string | undefined;
  /** Work as root by `sudo -n`, where `user` is another one. */
  readonly sudo?: boolean | undefined;
  /** File of the private key. Whatever the machine's ssh agent has, where absent. */
  readonly identityFile?: string | undefined;
  /** The keys that the server may show, such as `ssh-ed25519 AAAA…`: another one is refused, and so is any key where there is none. */
  readonly hostKeys: readonly string[];
  /** Where other servers reach it, for copies by the direct way; `address` where absent. */
  readonly peerAddress?: string | undefined;
  /** More options of ssh, such as `ProxyJump=bastion`. The machine's own ssh configuration is not read. */
  readonly sshOptions?: readonly string[] | undefined;
  /** What starts and stops services there; {@link systemd} where absent. */
  readonly init?: InitSystem | undefined;
  /** Where health probes are sent; `address` where absent. */
  readonly probeAddress?: string | undefined;
}

/** The words that start ssh, up to the name of the server; `folder` holds `known_hosts` and the socket. */
export function sshWords(server: SshServer, folder: string, more: readonly string[]): readonly string[] {
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${folder}/known_hosts`,
    'GlobalKnownHostsFile=none',
    `HostKeyAlias=${alias}`,
    'UpdateHostKeys=no',
    'ConnectTimeout=10',
    'ServerAliveInterval=5',
    'ServerAliveCountMax=3',
    'EscapeChar=none',
    'LogLevel=ERROR',
    `ControlPath=${folder}/line`,
    ...(server.identityFile === undefined
      ? []
      : [`IdentityFile="${server.identityFile}"`, 'IdentitiesOnly=yes', 'IdentityAgent=none']),
    ...(server.sshOptions ?? []),
    ...more,
  ];
  return [
    'ssh',
    '-F',
    'none',
    '-T',
    ...options.flatMap((option) => ['-o', option]),
    '-p',
    String(server.port ?? 22),
    '-l',
    server.user ?? 'root',
    '--',
    server.address,
  ];
}

/** The file of known hosts for one server, whatever its address is at the moment. */
export function knownHosts({ hostKeys }: SshServer): string {
  return hostKeys.map((key) => `${alias} ${key.trim()}\n`).join('');
}

const alias = 'belay';
