import { createSim, scaledClock } from '@belay/sim';
import { type Ec2Error, type Ec2Server, startEc2 } from '@belay/sim/ec2';
import type { ResultAsync } from 'neverthrow';
import { expectAssignable, expectError, expectType } from 'tsd';

// Everything has a usual value, and a port that cannot be had is an error, not an exception.
expectType<ResultAsync<Ec2Server, Ec2Error>>(startEc2());
declare const error: Ec2Error;
expectType<'port-taken' | 'not-listening'>(error.kind);

// A world is made here or brought along, with any clock that goes by itself.
startEc2({ timeScale: 60, world: { seed: 7, quotas: { volumes: 3 } }, hostedZones: ['shop.example'] });
startEc2({ sim: createSim({ clock: scaledClock(60) }) });
expectError(startEc2({ world: { traits: 'openstack' } }));
expectError(startEc2({ world: { clock: scaledClock(60) } }));
expectError(startEc2({ port: '8770' }));

// It closes itself at the end of a block.
declare const server: Ec2Server;
expectType<string>(server.url);
expectAssignable<AsyncDisposable>(server);
expectError(server.levers.expireRequests());
