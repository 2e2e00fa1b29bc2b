import { type Clock, type CloudError, cloudError, type Failure, Secret } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { Access, Credentials, NamedRef } from './access.ts';
import { addressProblem } from './address.ts';
import { type CatalogueEntry, catalogueOf } from './catalogue.ts';
import { noAnswerError, provider, refusalOf } from './errors.ts';
import { type Fetch, send } from './http.ts';
import { objectAt, textAt, timeAt, wireOf } from './wire.ts';
import { secretsOf, withoutSecrets } from './without-secrets.ts';

/** A token of one project, until when it is good, and where that project's services are. */
export interface Token {
  readonly id: Secret;
  readonly expiresAtMs: number;
  readonly projectId: string;
  readonly projectName: string | undefined;
  readonly catalogue: readonly CatalogueEntry[];
}

/** Asks Keystone v3 for a token. A token without a project is refused here: no service would answer it later. */
export async function authenticate(
  fetch: Fetch,
  access: Access,
  limits: { readonly clock: Clock; readonly timeoutMs: number },
): Promise<Result<Token, CloudError>> {
  const asked = { operation: 'authenticate', changes: false };
  const unfit = addressProblem('authUrl', access.authUrl);
  if (unfit !== undefined) return err(problem('invalid', unfit));
  const answer = await send(
    fetch,
    {
      method: 'POST',
      url: `${identityUrl(access.authUrl)}/auth/tokens`,
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify({ auth: authOf(access) }),
    },
    limits,
  );
  if (answer.isErr()) return err(whereAndWhy(noAnswerError(answer.error, asked), access));
  if (answer.value.status !== 201 && answer.value.status !== 200) {
    return err(refusalOf(withoutSecrets(answer.value, secretsOf(access.credentials)), asked).error);
  }
  const id = answer.value.header('x-subject-token');
  const token = objectAt(wireOf(answer.value.body), 'token');
  const project = objectAt(token, 'project');
  const projectId = textAt(project, 'id');
  const expiresAt = timeAt(token, 'expires_at');
  if (id === undefined || expiresAt === undefined) {
    return err(problem('failed', `What answers at ${identityUrl(access.authUrl)} is not Keystone v3.`));
  }
  if (projectId === undefined) return err(problem('invalid', unscoped));
  return ok({
    id: new Secret(id),
    expiresAtMs: Date.parse(expiresAt),
    projectId,
    projectName: textAt(project, 'name'),
    catalogue: catalogueOf(token),
  });
}

/** Said where no project is named, before anything is asked. */
export const unscoped =
  'No project is named, so the token would be good for nothing: give project_id, or project_name and its domain.';

/** The first call of all is the one that a wrong address or an unknown certificate breaks: the sentence says which. */
function whereAndWhy(error: CloudError, access: Access): CloudError {
  let root: Failure | undefined = error.cause;
  while (root?.cause !== undefined) root = root.cause;
  const why = root === undefined ? '' : `: ${root.message}`;
  return { ...error, message: `${error.message} Keystone was asked at ${identityUrl(access.authUrl)}${why}` };
}

function problem(kind: 'failed' | 'invalid', message: string): CloudError {
  return cloudError(kind, { provider, operation: 'authenticate' }, message);
}

/** `https://cloud:5000`, `https://cloud/identity/v2.0` and `https://cloud:5000/v3/` all lead to `…/v3`. */
function identityUrl(authUrl: string): string {
  return `${authUrl.replace(/\/+$/, '').replace(/\/v(?:2\.0|3)$/, '')}/v3`;
}

function authOf({ credentials, project }: Access): object {
  const identity = identityOf(credentials);
  // Keystone refuses a scope beside an application credential: it has one already.
  const scoped = credentials.method !== 'application-credential' && project !== undefined;
  return scoped ? { identity, scope: { project: refOf(project) } } : { identity };
}

function identityOf(credentials: Credentials): object {
  if (credentials.method === 'password') {
    const user = { ...refOf(credentials.user), password: credentials.password.reveal() };
    return { methods: ['password'], password: { user } };
  }
  if (credentials.method === 'token') {
    return { methods: ['token'], token: { id: credentials.token.reveal() } };
  }
  const secret = credentials.secret.reveal();
  const which =
    'id' in credentials
      ? { id: credentials.id, secret }
      : { name: credentials.name, user: refOf(credentials.user), secret };
  return { methods: ['application_credential'], application_credential: which };
}

function refOf(ref: NamedRef): object {
  return 'id' in ref ? { id: ref.id } : { name: ref.name, domain: ref.domain };
}
