// The two policies, from the calls in the code: what the adapter's clients import from the SDK is what it can send, and
// nothing else. `npm run policies -w @belay/aws` writes them; a test fails where they have drifted.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Policy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** A call that the code can make. For these services the name of a call is the name of the right to it. */
export interface ApiCall {
  readonly service: 'ec2' | 'route53';
  /** Such as `DescribeVolumes`. */
  readonly name: string;
}

const root = join(import.meta.dirname, '..', '..');

/** Every call whose command is imported by one of the clients. */
export function callsInCode(): readonly ApiCall[] {
  return [...commandsIn('src/ec2-client.ts', 'ec2'), ...commandsIn('src/route53-client.ts', 'route53')];
}

function commandsIn(file: string, service: ApiCall['service']): readonly ApiCall[] {
  const text = readFileSync(join(root, file), 'utf8');
  const imported = /import \{([^}]*)\} from '@aws-sdk\/client-[\w-]+';/.exec(text)?.[1] ?? '';
  const names = [...imported.matchAll(/\b(\w+)Command\b/g)].map(([, name = '']) => name);
  if (names.length === 0) throw new Error(`${file} imports no command.`);
  return names.sort().map((name) => ({ service, name }));
}

export function actionOf({ service, name }: ApiCall): string {
  return `${service}:${name}`;
}

export function isRead({ name }: ApiCall): boolean {
  return /^(Describe|List|Get)/.test(name);
}

/** Reads that only a change looks at: how a modification, a share or a record goes on. */
const readsOfChanges: ReadonlySet<string> = new Set([
  'DescribeVolumesModifications',
  'DescribeSnapshotAttribute',
  'GetChange',
]);

/** Calls that put tags on what they make, and so need the right to tags as well. */
export const taggedCreates: readonly string[] = [
  'AllocateAddress',
  'CopySnapshot',
  'CopyVolumes',
  'CreateCapacityReservation',
  'CreateSnapshot',
  'CreateVolume',
  'RunInstances',
];

/** Looks, and changes nothing: for inventories, facts and plans. */
export function observePolicy(calls: readonly ApiCall[]): Policy {
  const reads = calls.filter((call) => isRead(call) && !readsOfChanges.has(call.name));
  return policy([statement('Observe', reads.map(actionOf))]);
}

/** Everything that a plan and its way back may do. */
export function applyPolicy(calls: readonly ApiCall[]): Policy {
  const changes = calls.filter((call) => !isRead(call) && call.name !== 'CreateTags');
  const of = (service: ApiCall['service']) =>
    changes.filter((call) => call.service === service).map(actionOf);
  return policy([
    statement('Observe', calls.filter(isRead).map(actionOf)),
    statement('Change', of('ec2')),
    {
      ...statement('TagWhatIsMade', ['ec2:CreateTags']),
      Condition: { StringEquals: { 'ec2:CreateAction': taggedCreates } },
    },
    {
      ...statement('Rename', ['ec2:CreateTags'], ['arn:*:ec2:*:*:instance/*']),
      Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['Name'] } },
    },
    statement('Records', of('route53'), ['arn:*:route53:::hostedzone/*']),
  ]);
}

function policy(Statement: readonly Statement[]): Policy {
  return { Version: '2012-10-17', Statement };
}

function statement(Sid: string, Action: readonly string[], Resource: readonly string[] = ['*']): Statement {
  return { Sid, Effect: 'Allow', Action, Resource };
}

/** Every action that the policy allows in some way. */
export function actionsIn({ Statement }: Policy): ReadonlySet<string> {
  return new Set(Statement.flatMap(({ Action }) => Action));
}

/** The policies as they lie beside the package. */
export function policyFiles(): Readonly<Record<string, Policy>> {
  const calls = callsInCode();
  return {
    [join(root, 'policies', 'observe.json')]: observePolicy(calls),
    [join(root, 'policies', 'apply.json')]: applyPolicy(calls),
  };
}
