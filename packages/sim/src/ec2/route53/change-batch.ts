import { isIPv4, isIPv6 } from 'node:net';
import { XMLParser } from 'fast-xml-parser';
import { err, ok, type Result } from 'neverthrow';
import * as v from 'valibot';
import type { RecordSetChange } from '../../dns.ts';
import { type Rejection, reject } from '../rejection.ts';
import { absolute, type HostedZone, liesIn } from './zones.ts';

/** The body of `ChangeResourceRecordSets`: some changes that take place together or not at all, and a comment. */
export interface ChangeBatch {
  readonly comment: string | undefined;
  readonly changes: readonly RecordSetChange[];
}

export function readChangeBatch(body: string, zone: HostedZone): Result<ChangeBatch, Rejection> {
  return parse(body).andThen(({ Comment, Changes }) => {
    const changes = Changes.Change.map(({ Action, ResourceRecordSet: set }) => ({
      action: Action,
      name: absolute(set.Name),
      type: set.Type,
      values: (set.ResourceRecords?.ResourceRecord ?? []).map(({ Value }) => Value),
      ttlSeconds: Number(set.TTL),
    }));
    const problems = changes.flatMap((change) => problemsOf(change, zone));
    if (problems.length === 0) return ok({ comment: Comment, changes });
    return err(reject('InvalidChangeBatch', `[${problems.join(', ')}]`));
  });
}

const text = v.string();

const batchSchema = v.object({
  ChangeResourceRecordSetsRequest: v.object({
    ChangeBatch: v.strictObject({
      Comment: v.optional(text),
      Changes: v.strictObject({
        Change: v.pipe(
          v.array(
            v.strictObject({
              Action: v.picklist(['CREATE', 'DELETE', 'UPSERT']),
              // Routing policies and aliases are not modelled: a set that has any is refused by its name.
              ResourceRecordSet: v.strictObject({
                Name: text,
                Type: v.picklist(['A', 'AAAA', 'CNAME', 'PTR', 'TXT']),
                TTL: v.pipe(text, v.regex(/^\d{1,10}$/)),
                ResourceRecords: v.optional(
                  v.strictObject({ ResourceRecord: v.array(v.strictObject({ Value: text })) }),
                ),
              }),
            }),
          ),
          v.minLength(1),
          v.maxLength(1000),
        ),
      }),
    }),
  }),
});

type Batch = v.InferOutput<typeof batchSchema>['ChangeResourceRecordSetsRequest']['ChangeBatch'];

const parser: XMLParser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  parseTagValue: false,
  isArray: (name) => name === 'Change' || name === 'ResourceRecord',
});

function parse(body: string): Result<Batch, Rejection> {
  try {
    const read = v.safeParse(batchSchema, parser.parse(body, true));
    if (read.success) return ok(read.output.ChangeResourceRecordSetsRequest.ChangeBatch);
    const [issue] = read.issues;
    return err(
      reject('InvalidInput', `Invalid XML ; ${v.getDotPath(issue) ?? 'the document'}: ${issue.message}`),
    );
  } catch (thrown) {
    // The parser throws for what is no XML.
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return err(reject('InvalidInput', `Invalid XML ; ${why}`));
  }
}

function problemsOf(change: RecordSetChange, zone: HostedZone): readonly string[] {
  const { name, type, values } = change;
  if (!liesIn(name, zone)) return [`RRSet with DNS name ${name} is not permitted in zone ${zone.name}`];
  if (values.length === 0) return [`RRSet with DNS name ${name}, type ${type} contains no records`];
  if (type === 'CNAME' && name === zone.name) {
    return [`RRSet of type CNAME with DNS name ${name} is not permitted at apex in zone ${zone.name}`];
  }
  if (type === 'CNAME' && values.length > 1)
    return [`RRSet of type CNAME with DNS name ${name} has several records`];
  if (new Set(values).size < values.length) return [`Duplicate Resource Record: '${values.join("', '")}'`];
  return values
    .filter((value) => !isRight(type, value))
    .map((value) => `Invalid Resource Record: '${value}' is no ${type}`);
}

function isRight(type: RecordSetChange['type'], value: string): boolean {
  switch (type) {
    case 'A':
      return isIPv4(value);
    case 'AAAA':
      return isIPv6(value);
    case 'TXT':
      return /^".*"$/s.test(value);
    default:
      return value !== '' && !/\s/.test(value);
  }
}
