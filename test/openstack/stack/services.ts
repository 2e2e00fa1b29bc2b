// The programs that the stack is made of, in the order in which they are started.

import { join } from 'node:path';
import { faultsFolder } from './faults.ts';
import type { Program } from './processes.ts';
import type { Ports, Settings } from './settings.ts';

/** A service of OpenStack; an API answers at a port. */
export interface Service extends Program {
  readonly port?: keyof Ports;
}

const python = join(import.meta.dirname, 'python');
/** Nova looks for drivers in this package of its own, and nowhere else. */
const withGuests = `import nova.virt; nova.virt.__path__.append('${python}/belay_stack'); `;

export function services(settings: Settings): readonly Service[] {
  const { folder, ports, volumeDelayS } = settings;
  const env = {
    PYTHONPATH: python,
    PYTHONDONTWRITEBYTECODE: '1',
    // Warnings of libraries about each other, at every start.
    PYTHONWARNINGS: 'ignore',
    OS_KEYSTONE_CONFIG_DIR: `${folder}/etc`,
    OS_PLACEMENT_CONFIG_DIR: `${folder}/etc`,
    OS_NEUTRON_CONFIG_DIR: `${folder}/etc`,
    OS_NEUTRON_CONFIG_FILES: 'neutron.conf',
    BELAY_VOLUME_DELAY_S: String(volumeDelayS),
    BELAY_STACK_FAULTS: faultsFolder(settings),
    NO_PROXY: '127.0.0.1',
    no_proxy: '127.0.0.1',
  };
  const main = (name: string, module: string, config: string, first = ''): Service => ({
    name,
    command: '/usr/bin/python3',
    // Through the name in argv: the logs and the reports carry it.
    args: [
      '-c',
      `import sys; ${first}from ${module} import main; sys.argv[0] = '${name}'; sys.exit(main())`,
      ...['--config-file', `${folder}/etc/${config}.conf`],
    ],
    env,
  });
  const wsgi = (name: string, application: readonly [string, string], port: keyof Ports): Service => ({
    name,
    command: '/usr/bin/python3',
    args: ['-m', 'belay_stack.serve', ...application, String(ports[port])],
    env,
    port,
  });
  return [
    wsgi('keystone', ['keystone.server.wsgi', 'initialize_public_application'], 'identity'),
    wsgi('placement', ['placement.wsgi', 'init_application'], 'placement'),
    main('nova-conductor', 'nova.cmd.conductor', 'nova'),
    { ...main('nova-api', 'nova.cmd.api_os_compute', 'nova'), port: 'compute' },
    main('nova-scheduler', 'nova.cmd.scheduler', 'nova'),
    main('nova-compute', 'nova.cmd.compute', 'nova', withGuests),
    { ...main('neutron', 'neutron.cmd.eventlet.server', 'neutron'), port: 'network' },
    { ...main('cinder-api', 'cinder.cmd.api', 'cinder'), port: 'volume' },
    main('cinder-volume', 'cinder.cmd.volume', 'cinder'),
    main('cinder-scheduler', 'cinder.cmd.scheduler', 'cinder'),
    { ...main('glance', 'glance.cmd.api', 'glance'), port: 'image' },
  ];
}

/** What the services rest on: Erlang's name server, the message bus, the database. */
export function foundations({ folder, ports, socket }: Settings): readonly Program[] {
  const epmd = { ERL_EPMD_ADDRESS: '127.0.0.1', ERL_EPMD_PORT: String(ports.epmd) };
  return [
    { name: 'epmd', command: 'epmd', args: [], env: epmd },
    {
      name: 'rabbitmq',
      // Not the one in /usr/sbin: that becomes the user `rabbitmq`, who may not be let into the folder.
      command: '/usr/lib/rabbitmq/bin/rabbitmq-server',
      args: [],
      env: {
        ...epmd,
        HOME: `${folder}/data/rabbitmq`,
        RABBITMQ_NODENAME: `belay${ports.bus}@localhost`,
        RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
        RABBITMQ_NODE_PORT: String(ports.bus),
        RABBITMQ_DIST_PORT: String(ports.erlang),
        RABBITMQ_MNESIA_BASE: `${folder}/data/rabbitmq/mnesia`,
        RABBITMQ_LOG_BASE: `${folder}/log`,
        RABBITMQ_CONFIG_FILE: `${folder}/etc/rabbitmq`,
        RABBITMQ_ENABLED_PLUGINS_FILE: `${folder}/etc/enabled_plugins`,
        RABBITMQ_PID_FILE: `${folder}/run/rabbitmq.pid`,
        // Erlang's schedulers spin while they wait, unless told not to.
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
          '+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}',
      },
    },
    {
      name: 'mariadb',
      command: '/usr/sbin/mariadbd',
      args: [
        '--no-defaults',
        '--user=root',
        `--datadir=${folder}/data/mariadb`,
        `--socket=${socket}`,
        `--pid-file=${folder}/run/mariadb.pid`,
        '--skip-networking',
        '--skip-log-bin',
        '--performance-schema=OFF',
        '--max-connections=600',
        // What a test has made need not survive a power cut.
        '--innodb-flush-log-at-trx-commit=0',
        '--innodb-flush-method=nosync',
        '--innodb-doublewrite=0',
        // Deleting the port of a bound address, Neutron waits for a lock that it holds itself, until this is over; then
        // it does it again, and well.
        '--innodb-lock-wait-timeout=5',
        '--character-set-server=utf8mb3',
        '--collation-server=utf8mb3_general_ci',
      ],
      env: {},
    },
  ];
}
