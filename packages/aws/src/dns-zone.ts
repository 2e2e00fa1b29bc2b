import type { HostedZone } from '@aws-sdk/client-route-53';
import type { CloudError, CloudResult } from '@belay/cloud';
import { fail } from '@belay/cloud/adapter';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { plainName } from './dns-text.ts';
import { read, type Span } from './span.ts';

/**
 * Finds the hosted zone of a name: the one whose name is the longest end of it. Public zones only, unless the adapter
 * was told which zones to use: then these, private ones too. Two zones of one name are nobody's to choose from. Nothing
 * is remembered: a zone that was made a minute ago takes its names over.
 */
export function zoneOf(span: Span, name: string): CloudResult<string> {
  return new ResultAsync(zones(span)).andThen((all) => choose(span, name, all));
}

async function zones(span: Span): Promise<Result<readonly HostedZone[], CloudError>> {
  const found: HostedZone[] = [];
  let marker: string | undefined;
  do {
    const request = marker === undefined ? {} : { Marker: marker };
    const page = await read(span, (_, signal) => span.ec2.dns.listHostedZones(request, signal));
    if (page.isErr()) return err(page.error);
    const { HostedZones = [], IsTruncated = false, NextMarker } = page.value;
    found.push(...HostedZones);
    if (NextMarker === marker && IsTruncated) {
      return err(fail(span, 'failed', 'Route 53 gave the same page of zones twice.'));
    }
    marker = IsTruncated ? NextMarker : undefined;
  } while (marker !== undefined);
  return ok(found);
}

function choose(span: Span, name: string, all: readonly HostedZone[]): Result<string, CloudError> {
  const { hostedZoneIds } = span.ec2;
  const wanted = plainName(name);
  const fitting = all
    .filter((zone) =>
      hostedZoneIds === undefined ? zone.Config?.PrivateZone !== true : hostedZoneIds.includes(idOf(zone)),
    )
    .map((zone) => ({ id: idOf(zone), name: plainName(zone.Name ?? '') }))
    .filter((zone) => wanted === zone.name || wanted.endsWith(`.${zone.name}`));
  const longest = Math.max(0, ...fitting.map((zone) => zone.name.length));
  const best = fitting.filter((zone) => zone.name.length === longest);
  const [first] = best;
  if (first === undefined)
    return err(fail(span, 'not-found', `No hosted zone of this account holds ${name}.`));
  if (best.length === 1) return ok(first.id);
  const ids = best.map(({ id }) => id).join(', ');
  const message = `${name} lies in ${best.length} hosted zones (${ids}): name the right one in hostedZoneIds.`;
  return err(fail(span, 'invalid', message));
}

/** Route 53 gives `/hostedzone/Z123` and takes `Z123`. */
function idOf({ Id }: HostedZone): string {
  return (Id ?? '').replace(/^\/hostedzone\//, '');
}
