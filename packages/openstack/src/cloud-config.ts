import { type CloudError, cloudError, Secret } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { Access, Credentials, EndpointChoice, NamedRef } from './access.ts';
import { addressProblem } from './address.ts';
import type { ServiceName } from './calls.ts';
import { provider } from './errors.ts';
import { unscoped } from './keystone.ts';
import type { Tls } from './machine.ts';
import { objectAt, textAt, type Wire } from './wire.ts';

/** What an entry of `clouds.yaml`, or the environment in its words, comes to. Errors name the field, never its value. */
export interface CloudConfig {
  readonly access: Access;
  readonly endpoints: Omit<EndpointChoice, 'region'>;
  readonly tls: Tls;
}

export function configOf(entry: Wire): Result<CloudConfig, CloudError> {
  const authUrl = field(entry, 'auth_url');
  if (authUrl === undefined) return err(missing('auth_url'));
  const unfit = addressProblem('auth_url', authUrl) ?? unfitOverride(entry);
  if (unfit !== undefined) return err(problem(unfit));
  const caFile = field(entry, 'cacert');
  const certFile = field(entry, 'cert');
  const keyFile = field(entry, 'key');
  return credentialsOf(entry).andThen((credentials) =>
    projectOf(entry, credentials).map((project): CloudConfig => {
      return {
        access: { authUrl, credentials, ...(project === undefined ? {} : { project }) },
        endpoints: { interface: interfaceOf(entry), overrides: overridesOf(entry) },
        tls: { verify: verifies(entry), caFile, certFile, keyFile },
      };
    }),
  );
}

/** Under `auth` or beside it, with either kind of dash, and under the name that it had before. */
function field(entry: Wire, ...names: readonly string[]): string | undefined {
  const spellings = names.flatMap((name) => [name, name.replaceAll('_', '-')]);
  for (const table of [objectAt(entry, 'auth'), entry]) {
    for (const name of spellings) {
      const value = table[name];
      // YAML takes an id of digits, or a password, for a number.
      if (typeof value === 'number') return String(value);
      const text = textAt(table, name);
      if (text !== undefined) return text;
    }
  }
  return undefined;
}

const methods: Readonly<Record<string, Credentials['method']>> = {
  password: 'password',
  v3password: 'password',
  v3applicationcredential: 'application-credential',
  token: 'token',
  v3token: 'token',
};

function credentialsOf(entry: Wire): Result<Credentials, CloudError> {
  const declared = field(entry, 'auth_type', 'auth_plugin');
  const method = declared === undefined ? guessed(entry) : methods[declared];
  if (method === 'password') return passwordOf(entry);
  if (method === 'application-credential') return applicationCredentialOf(entry);
  if (method === 'token') {
    const token = field(entry, 'token', 'auth_token');
    return token === undefined ? err(missing('token')) : ok({ method, token: new Secret(token) });
  }
  const known = Object.keys(methods).join(', ');
  const message = `The auth_type ${declared} is not one that belay speaks: ${known}.`;
  return err(cloudError('unsupported', { provider, operation: 'connect' }, message));
}

/** As OpenStack's own clients do, where the type is left out. */
function guessed(entry: Wire): Credentials['method'] {
  if (field(entry, 'application_credential_secret') !== undefined) return 'application-credential';
  const hasToken = field(entry, 'token', 'auth_token') !== undefined;
  return hasToken && field(entry, 'password') === undefined ? 'token' : 'password';
}

function passwordOf(entry: Wire): Result<Credentials, CloudError> {
  const password = field(entry, 'password');
  if (password === undefined) return err(missing('password'));
  return userOf(entry).map((user) => ({ method: 'password', user, password: new Secret(password) }));
}

function applicationCredentialOf(entry: Wire): Result<Credentials, CloudError> {
  const method = 'application-credential';
  const text = field(entry, 'application_credential_secret');
  if (text === undefined) return err(missing('application_credential_secret'));
  const secret = new Secret(text);
  const id = field(entry, 'application_credential_id');
  if (id !== undefined) return ok({ method, id, secret });
  const name = field(entry, 'application_credential_name');
  if (name === undefined) return err(missing('application_credential_id'));
  return userOf(entry).map((user) => ({ method, name, user, secret }));
}

function userOf(entry: Wire): Result<NamedRef, CloudError> {
  const id = field(entry, 'user_id', 'userid');
  if (id !== undefined) return ok({ id });
  const name = field(entry, 'username', 'user_name', 'user');
  if (name === undefined) return err(missing('username'));
  return inDomain(entry, name, 'user');
}

/** A token without a project is good for nothing here, so one is asked for before Keystone is. */
function projectOf(entry: Wire, { method }: Credentials): Result<NamedRef | undefined, CloudError> {
  if (field(entry, 'system_scope') !== undefined) {
    return err(
      problem('The cloud is scoped to the system, and instances belong to a project: name that instead.'),
    );
  }
  if (method === 'application-credential') return ok(undefined);
  const id = field(entry, 'project_id', 'tenant_id');
  if (id !== undefined) return ok({ id });
  const name = field(entry, 'project_name', 'tenant_name');
  return name === undefined ? err(problem(unscoped)) : inDomain(entry, name, 'project');
}

function inDomain(entry: Wire, name: string, what: 'user' | 'project'): Result<NamedRef, CloudError> {
  const id = field(entry, `${what}_domain_id`, 'domain_id', 'default_domain_id', 'default_domain');
  const domainName = field(entry, `${what}_domain_name`, 'domain_name', 'default_domain_name');
  // The nearer of two that are both there: a domain of this very thing before one of everything.
  const ownName = field(entry, `${what}_domain_name`);
  const ownId = field(entry, `${what}_domain_id`);
  if (ownId === undefined && ownName !== undefined) return ok({ name, domain: { name: ownName } });
  if (id !== undefined) return ok({ name, domain: { id } });
  if (domainName !== undefined) return ok({ name, domain: { name: domainName } });
  return err(missing(`${what}_domain_name`));
}

/** `public`, or `publicURL` as it was called before. */
function interfaceOf(entry: Wire): EndpointChoice['interface'] {
  const given = field(entry, 'interface', 'endpoint_type')?.replace(/URL$/, '');
  return given === 'internal' || given === 'admin' ? given : 'public';
}

const overrides: Readonly<Record<ServiceName, readonly string[]>> = {
  compute: ['compute'],
  volume: ['block_storage', 'volumev3', 'volume'],
  network: ['network'],
  image: ['image'],
  dns: ['dns'],
};

function overridesOf(entry: Wire): Readonly<Partial<Record<ServiceName, string>>> {
  const names: readonly ServiceName[] = ['compute', 'volume', 'network', 'image', 'dns'];
  return Object.fromEntries(
    names.flatMap((service) => {
      const url = field(entry, ...overrides[service].map(overrideField));
      return url === undefined ? [] : [[service, url]];
    }),
  );
}

function unfitOverride(entry: Wire): string | undefined {
  for (const name of Object.values(overrides).flat().map(overrideField)) {
    const url = field(entry, name);
    const unfit = url === undefined ? undefined : addressProblem(name, url);
    if (unfit !== undefined) return unfit;
  }
  return undefined;
}

function overrideField(service: string): string {
  return `${service}_endpoint_override`;
}

/** `verify: false` or `insecure: true`; the environment has only texts. */
function verifies(entry: Wire): boolean {
  const says = (name: string, value: string): boolean => String(entry[name]).toLowerCase() === value;
  return !(says('verify', 'false') || says('insecure', 'true') || says('insecure', '1'));
}

function missing(name: string): CloudError {
  return problem(`The cloud names no ${name}.`);
}

function problem(message: string): CloudError {
  return cloudError('invalid', { provider, operation: 'connect' }, message);
}
