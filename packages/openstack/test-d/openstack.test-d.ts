import type { Cloud, CloudError } from '@belay/cloud';
import { Secret, systemClock } from '@belay/cloud';
import { type Access, connectOpenstack, type Fetch, openstackCloud } from '@belay/openstack';
import type { ResultAsync } from 'neverthrow';
import { expectAssignable, expectError, expectType } from 'tsd';

const domain = { name: 'Default' };
const access: Access = {
  authUrl: 'https://keystone.example/v3',
  credentials: { method: 'password', user: { name: 'shop', domain }, password: new Secret('x') },
  project: { name: 'shop', domain },
};

expectType<ResultAsync<Cloud, CloudError>>(connectOpenstack());
expectType<ResultAsync<Cloud, CloudError>>(connectOpenstack({ cloud: 'shop', region: 'r1', pageSize: 100 }));
// Node's own fetch fits.
expectAssignable<Fetch>(fetch);
expectType<ResultAsync<Cloud, CloudError>>(
  openstackCloud({
    access,
    endpoints: { interface: 'public' },
    fetch,
    clock: systemClock,
    chance: () => 0.5,
  }),
);

// A password is wrapped before it gets here, so that no log can show it.
expectError<Access>({
  ...access,
  credentials: { method: 'password', user: { name: 'shop', domain }, password: 'x' },
});
// A name means nothing without its domain.
expectError<Access>({ ...access, project: { name: 'shop' } });
// Nothing is found by itself below `connectOpenstack`.
expectError(openstackCloud({ access, endpoints: { interface: 'public' } }));
