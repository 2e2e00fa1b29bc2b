/**
 * What to write to a provider when its machine does not answer. In the accident that this remembers the ticket came 37
 * minutes late, and support then worked on the wrong server: so it names the exact server, says what was asked of the
 * API and under which request ids, and what must not be touched.
 */

import { formatPlace, type IsoTime, type Place } from '@belay/cloud';

/** What a ticket is made of. */
export interface TicketAbout {
  readonly at: Place;
  readonly serverId: string;
  readonly serverName: string;
  readonly zone?: string | undefined;
  /** Other servers of the workload, which are not meant: their ids. */
  readonly notMeant: readonly string[];
  /** What is asked for, such as `start the server again on any hardware`. */
  readonly wanted: string;
  /** When it was last seen to serve; absent where nobody saw that. */
  readonly since?: IsoTime | undefined;
  /** What came of asking it, and when: a sentence. */
  readonly asked?: string | undefined;
  /** The last state that the API showed, in the provider's own word. */
  readonly lastState?: string | undefined;
  /** What was asked of the API, and what came of it. */
  readonly calls: readonly TicketCall[];
  /** What must stay as it is: disks, addresses, snapshots, with the reason. */
  readonly mustNotBeTouched: readonly { readonly id: string; readonly because: string }[];
}

/** One call that did not do what it should. */
export interface TicketCall {
  readonly at: IsoTime;
  /** The port's verb, such as `instances.start`. */
  readonly operation: string;
  readonly requestId?: string | undefined;
  readonly outcome: string;
}

/** The ticket as text, to be pasted. */
export function providerTicket(about: TicketAbout): string {
  const { at, serverId, serverName, zone, notMeant, wanted, calls, mustNotBeTouched } = about;
  const list = (items: readonly string[]) => items.map((item) => `  - ${item}`);
  return [
    `Server ${serverId} (${serverName}) in ${formatPlace(at)}${zone === undefined ? '' : `, zone ${zone}`}`,
    '',
    ...outage(about),
    `What we ask for: ${wanted}.`,
    ...(notMeant.length === 0 ? [] : ['', `Please work on ${serverId} only. Not meant:`, ...list(notMeant)]),
    ...(calls.length === 0
      ? []
      : [
          '',
          'What we have asked of the API:',
          ...list(
            calls.map(
              ({ at: when, operation, requestId, outcome }) =>
                `${when} ${operation}${requestId === undefined ? '' : `, request id ${requestId}`}: ${outcome}`,
            ),
          ),
        ]),
    ...(mustNotBeTouched.length === 0
      ? []
      : [
          '',
          'What must not be deleted, detached or reinstalled:',
          ...list(mustNotBeTouched.map(({ id, because }) => `${id}: ${because}`)),
        ]),
    '',
  ].join('\n');
}

/** Only what somebody has seen: a provider looks into its logs for the time that is named here. */
function outage({ since, asked, lastState }: TicketAbout): readonly string[] {
  const sentences = [
    ...(since === undefined ? [] : [`It has not served since ${since}.`]),
    ...(asked === undefined ? [] : [asked]),
    ...(lastState === undefined ? [] : [`The API last showed it as: ${lastState}.`]),
  ];
  return sentences.length === 0 ? [] : [sentences.join(' ')];
}
