import {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { gated } from './gated.ts';
import type { Route53Api } from './route53-api.ts';
import { type SdkOptions, sdkSettings } from './sdk.ts';

/** Route 53's calls over the AWS SDK: one client for reads and one for changes. */
export function route53Client(options: SdkOptions): Route53Api {
  const reads = new Route53Client(sdkSettings(options, 'reads'));
  const changes = new Route53Client({
    ...sdkSettings(options, 'changes'),
    credentials: reads.config.credentials,
    requestHandler: gated(reads.config.requestHandler),
  });
  const at = (abortSignal: AbortSignal) => ({ abortSignal });
  return {
    listHostedZones: (request, signal) => reads.send(new ListHostedZonesCommand(request), at(signal)),
    listResourceRecordSets: (request, signal) =>
      reads.send(new ListResourceRecordSetsCommand(request), at(signal)),
    getChange: (request, signal) => reads.send(new GetChangeCommand(request), at(signal)),
    changeResourceRecordSets: (request, signal) =>
      changes.send(new ChangeResourceRecordSetsCommand(request), at(signal)),
  };
}
