import type {
  ChangeResourceRecordSetsRequest,
  ChangeResourceRecordSetsResponse,
  GetChangeRequest,
  GetChangeResponse,
  ListHostedZonesRequest,
  ListHostedZonesResponse,
  ListResourceRecordSetsRequest,
  ListResourceRecordSetsResponse,
} from '@aws-sdk/client-route-53';
import type { Send } from './ec2-api.ts';

/** The calls of Route 53 that the adapter makes, and no others, in the manner of `Ec2Api`. */
export interface Route53Api {
  listHostedZones: Send<ListHostedZonesRequest, ListHostedZonesResponse>;
  listResourceRecordSets: Send<ListResourceRecordSetsRequest, ListResourceRecordSetsResponse>;
  getChange: Send<GetChangeRequest, GetChangeResponse>;
  changeResourceRecordSets: Send<ChangeResourceRecordSetsRequest, ChangeResourceRecordSetsResponse>;
}
